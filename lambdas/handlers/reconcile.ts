import middy from '@middy/core';
import { createAwsPorts } from '../aws/aws-ports.ts';
import { type ReconcileReport, reconcileIntegrations } from '../core/integrations/reconcile-integrations.ts';

const aws = createAwsPorts();
const ports = {
  integrations: aws.integrations,
  states: aws.syncStates,
  schedules: aws.schedules,
  queue: aws.queue,
  clock: aws.clock,
  logger: aws.logger,
  metrics: aws.metrics,
};

/** Hourly: schedules, lost runs and standing integrations. */
export const handler = middy<unknown, ReconcileReport>()
  .before(({ context }) => aws.powertoolsLogger.addContext(context))
  .handler(async (): Promise<ReconcileReport> => reconcileIntegrations(ports));
