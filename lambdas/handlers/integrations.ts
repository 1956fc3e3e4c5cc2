import { connectIntegration } from '../core/integrations/connect-integration.ts';
import {
  disconnectIntegration,
  getIntegration,
  getSync,
  listIntegrations,
  listSyncs,
  startSync,
  testIntegration,
  updateIntegration,
} from '../core/integrations/manage-integrations.ts';
import { mergeConfig } from '../core/integrations/merge-config.ts';
import { ENV } from '../core/names.ts';
import { contracted, httpEndpoint } from './wiring/http-endpoint.ts';
import { createServices, listFromEnv } from './wiring/services.ts';

const services = createServices();
const ports = {
  integrations: services.integrations,
  states: services.syncStates,
  runs: services.runs,
  oauth: services.oauth,
  sessions: services.sessions,
  schedules: services.schedules,
  queue: services.queue,
  clock: services.clock,
  logger: services.logger,
  returnUrlOrigins: listFromEnv(process.env, ENV.returnUrlOrigins),
  enabledTypes: listFromEnv(process.env, ENV.providers),
};

/** The life of an integration: connect, read, change, test, sync, disconnect. */
export const handler = httpEndpoint(services, {
  listIntegrations: contracted('listIntegrations', async ({ path }) => ({
    status: 200,
    json: { integrations: await listIntegrations(ports, path.workspaceId) },
  })),
  connectIntegration: contracted('connectIntegration', async ({ path, body }) => {
    const { integration, authorizeUrl, expiresAt } = await connectIntegration(ports, {
      workspaceId: path.workspaceId,
      type: body.type,
      integrationId: body.integrationId ?? null,
      returnUrl: body.returnUrl ?? null,
      config: body.config ?? null,
    });
    return { status: 201, json: { integration: await getIntegration(ports, integration), authorizeUrl, expiresAt } };
  }),
  getIntegration: contracted('getIntegration', async ({ path }) => ({
    status: 200,
    json: { integration: await getIntegration(ports, path) },
  })),
  updateIntegration: contracted('updateIntegration', async ({ path, body }) => ({
    status: 200,
    json: { integration: await updateIntegration(ports, path, (config) => mergeConfig(config, body.config)) },
  })),
  disconnectIntegration: contracted('disconnectIntegration', async ({ path }) => ({
    status: 202,
    json: await disconnectIntegration(ports, path),
  })),
  testIntegration: contracted('testIntegration', async ({ path }) => ({
    status: 200,
    json: await testIntegration(ports, path),
  })),
  startSync: contracted('startSync', async ({ path, body }) => ({
    status: 202,
    json: { run: await startSync(ports, path, body) },
  })),
  listSyncs: contracted('listSyncs', async ({ path, query }) => ({
    status: 200,
    json: await listSyncs(ports, path, { limit: query.limit, cursor: query.cursor ?? null }),
  })),
  getSync: contracted('getSync', async ({ path }) => ({
    status: 200,
    json: { run: await getSync(ports, path, path.runId) },
  })),
});
