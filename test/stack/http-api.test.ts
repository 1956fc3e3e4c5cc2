import { describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../lambdas/core/http/routes.ts';
import { HubTemplate } from './hub-template.ts';

const hub = new HubTemplate();
const routes = new Map(hub.ofType('AWS::ApiGatewayV2::Route').map(([, route]) => [route.Properties.RouteKey, route]));

describe('the HTTP API', () => {
  test('leaves exactly these routes open to the world', () => {
    const open = [...routes]
      .filter(([, route]) => route.Properties.AuthorizationType !== 'AWS_IAM')
      .map(([key]) => key);

    expect(open.sort()).toEqual([
      'GET /health',
      'GET /oauth/callback',
      'GET /openapi.json',
      'HEAD /webhooks/{type}',
      'POST /oauth/callback',
      'POST /webhooks/{type}',
      'POST /webhooks/{type}/{integrationId}',
    ]);
  });

  test.each(ROUTES)('serves $method $path with $function under $auth', (route) => {
    const deployed = routes.get(`${route.method} ${route.path}`);
    const integrationId = deployed?.Properties.Target['Fn::Join'][1][1].Ref;
    const functionId = hub.resources[integrationId]?.Properties.IntegrationUri['Fn::GetAtt'][0];

    expect(deployed?.Properties.AuthorizationType).toBe(route.auth === 'iam' ? 'AWS_IAM' : 'NONE');
    expect(hub.resources[functionId]).toBe(hub.functions().get(route.function));
  });

  test('serves nothing else', () => {
    expect(routes.size).toBe(ROUTES.length);
  });

  test('throttles as the settings say', () => {
    new HubTemplate({ apiThrottle: { rateLimit: '7', burstLimit: 9 } }).template.hasResourceProperties(
      'AWS::ApiGatewayV2::Stage',
      { DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 } },
    );
  });

  test('logs no path, query, address or caller', () => {
    const [[, stage] = []] = hub.ofType('AWS::ApiGatewayV2::Stage');
    const format: Record<string, string> = JSON.parse(stage?.Properties.AccessLogSettings.Format);

    expect(
      Object.values(format)
        .filter((value) => value.startsWith('$context.'))
        .sort(),
    ).toEqual([
      '$context.error.responseType',
      '$context.integration.status',
      '$context.integrationErrorMessage',
      '$context.integrationLatency',
      '$context.requestId',
      '$context.requestTime',
      '$context.responseLatency',
      '$context.routeKey',
      '$context.status',
    ]);
  });

  test('registers a custom domain as redirect URI when there is one', () => {
    const outputs = new HubTemplate({ publicOrigin: 'https://hub.example.com' }).template.toJSON().Outputs;

    expect(outputs.RedirectUri.Value).toBe('https://hub.example.com/oauth/callback');
  });
});
