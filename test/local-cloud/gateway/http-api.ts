import type { LocalStack } from '../template/stack.ts';
import { asNumber, asText } from '../template/template.ts';
import type { GatewayRoute } from './routes.ts';

export interface HttpApi {
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly GatewayRoute[];
}

const MAX_INTEGRATION_TIMEOUT_MS = 30_000;

/** Reads the stack's one HTTP API: stage, routes and their Lambda integrations. */
export function readHttpApi(stack: LocalStack): HttpApi | undefined {
  const [api, ...others] = stack.resources('AWS::ApiGatewayV2::Api');
  if (api === undefined) return undefined;
  if (others.length > 0) throw new Error('More than one HTTP API is not emulated');
  if (api.property('ProtocolType') !== 'HTTP') throw new Error(`${api.logicalId} is not an HTTP API`);
  if (api.property('CorsConfiguration') !== undefined) throw new Error('CORS of an HTTP API is not emulated');
  const stages = stack.resources('AWS::ApiGatewayV2::Stage');
  const integrations = readIntegrations(stack);
  const routes = stack.resources('AWS::ApiGatewayV2::Route').map((route): GatewayRoute => {
    const routeKey = asText(route.property('RouteKey'), `RouteKey of ${route.logicalId}`);
    const target = asText(route.property('Target'), `Target of ${routeKey}`).replace('integrations/', '');
    const integration = integrations.get(target);
    if (integration === undefined) throw new Error(`${routeKey} has no integration ${target}`);
    const authorization = route.property('AuthorizationType') ?? 'NONE';
    if (authorization !== 'NONE' && authorization !== 'AWS_IAM') {
      throw new Error(`${routeKey} has the authorization ${JSON.stringify(authorization)}, which is not emulated`);
    }
    return { routeKey, ...integration, requiresIam: authorization === 'AWS_IAM' };
  });
  const stage = stages[0]?.property('StageName') ?? '$default';
  return { apiId: stack.identity(api.logicalId).ref, stage: asText(stage, 'StageName'), routes };
}

function readIntegrations(stack: LocalStack): Map<string, { functionArn: string; timeoutMs: number }> {
  const integrations = new Map<string, { functionArn: string; timeoutMs: number }>();
  for (const integration of stack.resources('AWS::ApiGatewayV2::Integration')) {
    const { logicalId } = integration;
    const version = integration.property('PayloadFormatVersion');
    if (integration.property('IntegrationType') !== 'AWS_PROXY' || version !== '2.0') {
      throw new Error(`${logicalId} is not a Lambda proxy integration with payload format 2.0`);
    }
    integrations.set(stack.identity(logicalId).ref, {
      functionArn: asText(integration.property('IntegrationUri'), `IntegrationUri of ${logicalId}`),
      timeoutMs: asNumber(integration.property('TimeoutInMillis'), MAX_INTEGRATION_TIMEOUT_MS),
    });
  }
  return integrations;
}
