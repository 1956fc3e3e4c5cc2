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
const policy = {
  returnUrlOrigins: listFromEnv(process.env, ENV.returnUrlOrigins),
  enabledTypes: listFromEnv(process.env, ENV.providers),
  partnerAgreements: listFromEnv(process.env, ENV.partnerAgreements),
};

/** The life of an integration: connect, read, change, test, sync, disconnect. */
export const handler = httpEndpoint(services, {
  listIntegrations: contracted('listIntegrations', async ({ path }) => ({
    status: 200,
    json: { integrations: await listIntegrations(services, path.workspaceId) },
  })),
  connectIntegration: contracted('connectIntegration', async ({ path, body }) => {
    const { integration, authorizeUrl, expiresAt } = await connectIntegration(services, policy, {
      workspaceId: path.workspaceId,
      type: body.type,
      integrationId: body.integrationId ?? null,
      returnUrl: body.returnUrl ?? null,
      config: body.config ?? null,
    });
    const { nextSteps } = integration;
    const view = { ...(await getIntegration(services, integration)), nextSteps };
    return { status: 201, json: { integration: view, authorizeUrl, expiresAt } };
  }),
  getIntegration: contracted('getIntegration', async ({ path }) => ({
    status: 200,
    json: { integration: await getIntegration(services, path) },
  })),
  updateIntegration: contracted('updateIntegration', async ({ path, body }) => ({
    status: 200,
    json: { integration: await updateIntegration(services, path, (config) => mergeConfig(config, body.config)) },
  })),
  disconnectIntegration: contracted('disconnectIntegration', async ({ path }) => ({
    status: 202,
    json: await disconnectIntegration(services, path),
  })),
  testIntegration: contracted('testIntegration', async ({ path }) => ({
    status: 200,
    json: await testIntegration(services, path),
  })),
  startSync: contracted('startSync', async ({ path, body }) => ({
    status: 202,
    json: { run: await startSync(services, path, body) },
  })),
  listSyncs: contracted('listSyncs', async ({ path, query }) => ({
    status: 200,
    json: await listSyncs(services, path, { limit: query.limit, cursor: query.cursor ?? null }),
  })),
  getSync: contracted('getSync', async ({ path }) => ({
    status: 200,
    json: { run: await getSync(services, path, path.runId) },
  })),
});
