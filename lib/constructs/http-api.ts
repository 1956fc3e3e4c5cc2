import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type HttpFunctionName, OAUTH_CALLBACK_PATH, ROUTES } from '../../lambdas/core/http/routes.ts';
import type { StageConfig } from '../stage-config.ts';
import { HubFunction, type HubFunctionProps } from './hub-function.ts';
import { metricDimensions } from './hub-metric.ts';

export interface HubHttpApiProps {
  readonly settings: StageConfig;
}

/** Why a route may be open to the world, for whoever reviews the list. */
const PUBLIC_REASON: Readonly<Record<string, string>> = {
  getOpenApi: 'The description of the API holds nothing secret, and tools read it without credentials.',
  getHealth: 'Says only that the API answers.',
  oauthCallback: 'A browser comes back from the provider; the one-time state in the request is its credential.',
  oauthCallbackForm: 'A browser comes back from the provider; the one-time state in the request is its credential.',
  probeWebhook: 'Providers ask whether the address is there before they send anything (Mindbody); it says only that.',
  receiveWebhook: 'Providers do not sign with SigV4; the handler verifies the provider signature over the raw body.',
  receiveNotification:
    'Calendars report changes unsigned; the handler demands the secret that only this channel was opened with.',
};

/**
 * The access log: enough to see what failed and how long it took. No path, query string, address or user, because
 * those hold phone numbers, e-mail addresses, authorization codes and names of workspaces.
 */
const ACCESS_LOG_FORMAT = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integration.status',
  integrationError: '$context.integrationErrorMessage',
  errorType: '$context.error.responseType',
};

/** What each HTTP function is, and how much of a machine it gets. */
const FUNCTIONS: Readonly<Record<HttpFunctionName, Omit<HubFunctionProps, 'settings' | 'handler'>>> = {
  catalogue: { description: 'Providers, OpenAPI document, health', memorySize: 256, timeout: Duration.seconds(5) },
  integrations: { description: 'Connects, changes, tests, syncs and disconnects integrations' },
  // The live path: a caller waits. Memory buys CPU for the cold start.
  contacts: {
    description: 'Looks callers up and creates contacts, while they are on the line',
    memorySize: 1024,
    timeout: Duration.seconds(15),
  },
  booking: {
    description: 'Says what is free, and books, moves and cancels appointments, while the caller is on the line',
    memorySize: 1024,
    timeout: Duration.seconds(20),
  },
  'oauth-callback': { description: 'Finishes connecting when the browser comes back from a provider' },
  webhook: {
    description: 'Verifies what providers report and asks for syncs',
    memorySize: 256,
    timeout: Duration.seconds(10),
  },
};

/** The HTTP API: one function per family of routes, IAM on every route that is not public by name. */
export class HubHttpApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly accessLogs: LogGroup;
  readonly functions: Readonly<Record<HttpFunctionName, HubFunction>>;
  /** The API's own address, without a trailing slash. */
  readonly endpoint: string;
  /** Where the outside world finds the API: a custom domain, or the API's own address. */
  readonly publicOrigin: string;
  /** What is registered as redirect URI with every provider. */
  readonly redirectUri: string;

  constructor(scope: Construct, id: string, props: HubHttpApiProps) {
    super(scope, id);
    const { settings } = props;
    this.api = new HttpApi(this, 'Api', {
      apiName: `integration-hub-${settings.stage}`,
      description: `Integration Hub (${settings.stage})`,
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    });
    // Built from the id. `api.apiEndpoint` is the same text, but an attribute, which only AWS can compute.
    this.endpoint = `https://${this.api.apiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`;
    this.publicOrigin = settings.publicOrigin ?? this.endpoint;
    this.redirectUri = `${this.publicOrigin}${OAUTH_CALLBACK_PATH}`;
    this.accessLogs = new LogGroup(this, 'AccessLogs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy[settings.removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
    });
    this.stage = new HttpStage(this, 'DefaultStage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: settings.apiThrottle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLogs),
        format: AccessLogFormat.custom(JSON.stringify({ ...ACCESS_LOG_FORMAT, ...metricDimensions(settings.stage) })),
      },
    });

    const make = (handler: HttpFunctionName) =>
      new HubFunction(this, handler, { settings, handler, ...FUNCTIONS[handler] });
    this.functions = {
      catalogue: make('catalogue'),
      integrations: make('integrations'),
      contacts: make('contacts'),
      booking: make('booking'),
      'oauth-callback': make('oauth-callback'),
      webhook: make('webhook'),
    };
    this.addRoutes();
  }

  /** Tells a function where the outside world finds the API. */
  tellOrigin(fn: HubFunction): void {
    fn.setVariable('publicOrigin', this.publicOrigin);
  }

  private addRoutes(): void {
    const integrations = new Map(
      Object.entries(this.functions).map(([name, { fn }]) => [name, new HttpLambdaIntegration(name, fn)]),
    );
    for (const route of ROUTES) {
      const integration = integrations.get(route.function);
      if (!integration) throw new Error(`Route ${route.operationId} names no function of the API`);
      const resource = new HttpRoute(this, route.operationId, {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(route.path, HttpMethod[route.method]),
        integration,
        // Without an authorizer of its own a route gets the API's: IAM.
        ...(route.auth === 'none' ? { authorizer: new HttpNoneAuthorizer() } : {}),
      });
      if (route.auth === 'none') {
        const reason = PUBLIC_REASON[route.operationId];
        if (!reason) throw new Error(`Route ${route.operationId} is public and PUBLIC_REASON does not say why`);
        Validations.of(resource).acknowledge({ id: 'AwsSolutions-APIG4', reason });
      }
    }
  }
}
