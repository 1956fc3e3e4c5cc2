import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { METRIC_DIMENSIONS, METRICS } from '../../lambdas/core/names.ts';
import type { StageConfig } from '../stage-config.ts';
import type { Alarms } from './alarms.ts';
import type { HubHttpApi } from './http-api.ts';
import type { HubFunction } from './hub-function.ts';
import { hubMetric } from './hub-metric.ts';

export interface ApiAlarmsProps {
  readonly settings: StageConfig;
  readonly alarms: Alarms;
  readonly api: HubHttpApi;
  /** Every function of the hub, for the alarm on throttles. */
  readonly functions: readonly HubFunction[];
}

/** A voice turn tolerates about this much in all. */
const LIVE_PATH_LIMIT = Duration.millis(1_500);
/** Connecting and testing call providers, so the API as a whole may take longer. */
const API_LIMIT = Duration.seconds(10);

/** Alarms on what callers of the API notice: errors, slowness, and being turned away. */
export class ApiAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ApiAlarmsProps) {
    super(scope, id);
    const { alarms, api, functions } = props;
    const live = api.functions.contacts.fn;

    alarms.add(this, 'ServerErrors', {
      summary: 'The API answers with 5xx errors.',
      runbook: 'alarm-api-server-errors',
      metric: api.stage.metricServerError({ statistic: Stats.SUM, period: Duration.minutes(5) }),
      threshold: 5,
    });
    alarms.add(this, 'LivePathLatency', {
      summary: `One call in a hundred on the live path takes longer than ${LIVE_PATH_LIMIT.toMilliseconds()} ms.`,
      runbook: 'alarm-live-path-slow',
      metric: live.metricDuration({ statistic: Stats.percentile(99), period: Duration.minutes(5) }),
      threshold: LIVE_PATH_LIMIT.toMilliseconds(),
      evaluationPeriods: 3,
      ignoreLowSamples: true,
    });
    alarms.add(this, 'ApiLatency', {
      summary: `One API request in a hundred takes longer than ${API_LIMIT.toSeconds()} s.`,
      runbook: 'alarm-api-slow',
      metric: api.stage.metricLatency({ statistic: Stats.percentile(99), period: Duration.minutes(5) }),
      threshold: API_LIMIT.toMilliseconds(),
      evaluationPeriods: 3,
      ignoreLowSamples: true,
    });
    alarms.add(this, 'FunctionThrottles', {
      summary: 'Lambda has turned invocations away, because the account or a function ran out of concurrency.',
      runbook: 'alarm-function-throttles',
      metric: new MathExpression({
        label: 'Throttles',
        expression: 'SUM(METRICS())',
        usingMetrics: Object.fromEntries(
          functions.map(({ fn }, index) => [`throttles${index}`, fn.metricThrottles({ statistic: Stats.SUM })]),
        ),
        period: Duration.minutes(5),
      }),
      threshold: 1,
    });

    // API Gateway counts 429s among all 4xx, so the access log has to tell them apart. A 429 that a function answered
    // (the provider limits our calls) has it as integration status too, and is not meant.
    new MetricFilter(this, 'ThrottledRequests', {
      logGroup: api.accessLogs,
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.status', '=', '429'),
        FilterPattern.stringValue('$.integrationStatus', '!=', '429'),
      ),
      metricNamespace: METRICS.namespace,
      metricName: METRICS.apiThrottled,
      dimensions: {
        [METRIC_DIMENSIONS.service]: `$.${METRIC_DIMENSIONS.service}`,
        [METRIC_DIMENSIONS.stage]: `$.${METRIC_DIMENSIONS.stage}`,
      },
    });
    alarms.add(this, 'ApiThrottles', {
      summary: 'The API turns requests away with 429.',
      runbook: 'alarm-api-throttles',
      metric: hubMetric(props.settings.stage, 'apiThrottled'),
      threshold: 10,
    });
  }
}
