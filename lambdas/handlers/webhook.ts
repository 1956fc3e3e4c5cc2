import { createAwsPorts } from '../aws/aws-ports.ts';
import { requireEnv } from '../aws/environment.ts';
import { ConnectorFactory } from '../connectors/factory.ts';
import { ENV } from '../core/names.ts';
import { receiveWebhook } from '../core/webhooks/receive-webhook.ts';
import { httpEndpoint } from './wiring/http-endpoint.ts';

const aws = createAwsPorts();
const ports = {
  connector: ConnectorFactory.find,
  integrations: aws.integrations,
  apps: aws.providerApps,
  queue: aws.queue,
  clock: aws.clock,
  logger: aws.logger,
  metrics: aws.metrics,
  publicOrigin: requireEnv(process.env, ENV.publicOrigin),
};

/** Where providers report changes. Reachable by anybody, so it verifies, queues and does nothing else. */
export const handler = httpEndpoint(aws, {
  receiveWebhook: async (request) => ({ status: 200, json: await receiveWebhook(ports, request) }),
});
