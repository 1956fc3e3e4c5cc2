import { type AwsPorts, createAwsPorts } from '../../aws/aws-ports.ts';
import { type Environment, requireEnv } from '../../aws/environment.ts';
import { ConnectorFactory } from '../../connectors/factory.ts';
import { ConnectorSessions } from '../../core/integrations/connector-sessions.ts';
import { ENV } from '../../core/names.ts';
import { OAuthManager } from '../../core/oauth/oauth-manager.ts';
import { fetchThroughOriginMap } from '../../core/provider-http/origin-map.ts';

/** What the functions that speak to providers need besides the ports. */
export interface Services {
  readonly oauth: OAuthManager;
  readonly sessions: ConnectorSessions;
}

/** Puts the domain's services together with the AWS adapters. Once per process. */
export function createServices(
  ports: AwsPorts = createAwsPorts(),
  environment: Environment = process.env,
): AwsPorts & Services {
  const shared = {
    clock: ports.clock,
    logger: ports.logger,
    metrics: ports.metrics,
    fetch: fetchThroughOriginMap(environment[ENV.providerOriginMap]),
  };
  const oauth = new OAuthManager({
    ...shared,
    manifests: ConnectorFactory.manifest,
    integrations: ports.integrations,
    credentials: ports.credentials,
    states: ports.authorizationStates,
    vault: ports.vault,
    apps: ports.providerApps,
    publicOrigin: requireEnv(environment, ENV.publicOrigin),
  });
  const sessions = new ConnectorSessions({
    ...shared,
    manifests: ConnectorFactory.manifest,
    connectors: ConnectorFactory.create,
    oauth,
    apps: ports.providerApps,
    budget: ports.rateBudget,
  });
  // The ports stay lazy: spreading them would build every client.
  return Object.defineProperties(Object.create(ports), {
    oauth: { value: oauth, enumerable: true },
    sessions: { value: sessions, enumerable: true },
  });
}

/** A comma-separated variable as a list. */
export function listFromEnv(environment: Environment, name: string): string[] {
  return (environment[name] ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
