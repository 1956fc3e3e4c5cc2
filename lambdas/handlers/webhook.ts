import { createAwsPorts } from '../aws/aws-ports.ts';
import { requireEnv } from '../aws/environment.ts';
import { ConnectorFactory } from '../connectors/factory.ts';
import { ENV } from '../core/names.ts';
import { receiveNotification } from '../core/webhooks/receive-notification.ts';
import { probeWebhook, receiveWebhook } from '../core/webhooks/receive-webhook.ts';
import { httpEndpoint } from './wiring/http-endpoint.ts';

const ports = createAwsPorts();
const settings = { publicOrigin: requireEnv(process.env, ENV.publicOrigin), connector: ConnectorFactory.find };

/** Where providers report changes. Reachable by anybody, so it verifies, queues and does nothing else. */
export const handler = httpEndpoint(ports, {
  probeWebhook: async (request) => {
    await probeWebhook(settings, request);
    return { status: 200 };
  },
  receiveWebhook: async (request) => ({ status: 200, json: await receiveWebhook(ports, settings, request) }),
  receiveNotification: async (request) => {
    const answer = await receiveNotification(ports, settings, request);
    return 'handshake' in answer ? { status: 200, text: answer.handshake } : { status: 200, json: answer };
  },
});
