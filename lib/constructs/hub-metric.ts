import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSIONS, METRICS } from '../../lambdas/core/names.ts';

export type HubMetricName = Exclude<keyof typeof METRICS, 'namespace' | 'service'>;

export interface HubMetricOptions {
  /** @default Sum */
  readonly statistic?: string;
  /** @default 5 minutes */
  readonly period?: Duration;
}

/** One of the hub's own metrics in one stage, under the name and the dimensions with which it is emitted. */
export function hubMetric(stage: string, name: HubMetricName, options: HubMetricOptions = {}): Metric {
  return new Metric({
    namespace: METRICS.namespace,
    metricName: METRICS[name],
    dimensionsMap: metricDimensions(stage),
    statistic: options.statistic ?? Stats.SUM,
    period: options.period ?? Duration.minutes(5),
  });
}

/** The dimensions that tell one stage's metrics from another's in the same account. */
export function metricDimensions(stage: string): Record<string, string> {
  return { [METRIC_DIMENSIONS.service]: METRICS.service, [METRIC_DIMENSIONS.stage]: stage };
}
