import { requireEnv } from '../aws/environment.ts';
import { createLogs } from '../aws/telemetry.ts';
import { ConnectorFactory } from '../connectors/factory.ts';
import { openApiDocument } from '../core/http/openapi.ts';
import { ENV } from '../core/names.ts';
import { contracted, httpEndpoint } from './wiring/http-endpoint.ts';

/** What the hub is and can do. Touches no data, so it may do nothing but log. */
export const handler = httpEndpoint(createLogs(), {
  getHealth: contracted('getHealth', async () => ({ status: 200, json: { status: 'ok' } })),
  getOpenApi: async () => ({ status: 200, json: openApiDocument(requireEnv(process.env, ENV.publicOrigin)) }),
  listProviders: contracted('listProviders', async () => ({
    status: 200,
    json: { providers: ConnectorFactory.getSupportedTypes().map(ConnectorFactory.getIntegrationInfo) },
  })),
});
