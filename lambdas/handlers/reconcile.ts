import middy from '@middy/core';
import { createAwsPorts } from '../aws/aws-ports.ts';
import { ConnectorFactory } from '../connectors/factory.ts';
import { type ReconcileReport, reconcileIntegrations } from '../core/integrations/reconcile-integrations.ts';

const ports = createAwsPorts();

/** Hourly: schedules, lost runs, push channels and standing integrations. */
export const handler = middy<unknown, ReconcileReport>()
  .before(({ context }) => ports.powertoolsLogger.addContext(context))
  .handler(async (): Promise<ReconcileReport> => reconcileIntegrations(ports, ConnectorFactory.manifest));
