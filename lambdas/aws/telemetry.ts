import { Logger as PowertoolsLog } from '@aws-lambda-powertools/logger';
import { Metrics as PowertoolsMetricsLog } from '@aws-lambda-powertools/metrics';
import { METRIC_DIMENSIONS, METRICS } from '../core/names.ts';
import type { Logger, Metrics } from '../core/ports.ts';
import { PowertoolsLogger } from './powertools-logger.ts';
import { PowertoolsMetrics } from './powertools-metrics.ts';

export interface Logs {
  readonly logger: Logger;
  /** For middleware that adds the invocation's context to the log. */
  readonly powertoolsLogger: PowertoolsLog;
}

export function createLogs(): Logs {
  const powertoolsLogger = new PowertoolsLog({ serviceName: METRICS.service });
  return { logger: new PowertoolsLogger(powertoolsLogger), powertoolsLogger };
}

/** @param stage keeps the metrics of stages in one account apart. */
export function createMetrics(stage: string): Metrics {
  return new PowertoolsMetrics(
    new PowertoolsMetricsLog({
      namespace: METRICS.namespace,
      serviceName: METRICS.service,
      defaultDimensions: { [METRIC_DIMENSIONS.service]: METRICS.service, [METRIC_DIMENSIONS.stage]: stage },
    }),
  );
}
