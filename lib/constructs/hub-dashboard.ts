import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRIC_DIMENSIONS, METRICS } from '../../lambdas/core/names.ts';
import type { StageConfig } from '../stage-config.ts';
import type { Alarms } from './alarms.ts';
import type { HubHttpApi } from './http-api.ts';
import type { HubFunction, HubFunctionName } from './hub-function.ts';
import { type HubMetricName, hubMetric } from './hub-metric.ts';
import type { Schedules } from './schedules.ts';
import type { SyncPipeline } from './sync-pipeline.ts';

export interface HubDashboardProps {
  readonly settings: StageConfig;
  readonly alarms: Alarms;
  readonly api: HubHttpApi;
  readonly pipeline: SyncPipeline;
  readonly schedules: Schedules;
  readonly functions: Readonly<Record<HubFunctionName, HubFunction>>;
}

/** The hub on one page: alarms on top, then the live path, the background path, and the providers. */
export class HubDashboard extends Construct {
  readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: HubDashboardProps) {
    super(scope, id);
    const { settings, alarms, api, pipeline, schedules } = props;
    this.dashboardName = `integration-hub-${settings.stage}`;
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: this.dashboardName,
      defaultInterval: Duration.days(1),
    });
    const own = (...names: HubMetricName[]) => names.map((name) => hubMetric(settings.stage, name));
    const functions = Object.entries(props.functions);

    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: 24, height: 4, alarms: alarms.all }));
    dashboard.addWidgets(
      graph('API requests', [
        api.stage.metricCount(),
        api.stage.metricClientError(),
        api.stage.metricServerError(),
        ...own('apiThrottled'),
      ]),
      graph(
        'Live path, ms',
        percentiles((statistic) => api.functions.contacts.fn.metricDuration({ statistic })),
      ),
      graph(
        'API latency, ms',
        percentiles((statistic) => api.stage.metricLatency({ statistic })),
      ),
    );
    dashboard.addWidgets(
      graph('Sync runs', own('syncRunCompleted', 'syncRunFailed', 'syncRunBlocked', 'syncRunWaiting')),
      graph('Sync queue', [
        pipeline.queue.metricApproximateNumberOfMessagesVisible(),
        pipeline.queue.metricApproximateNumberOfMessagesNotVisible(),
        pipeline.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Dead letters' }),
        schedules.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'Undelivered schedules' }),
      ]),
      graph('Integrations', [
        ...own('integrationsStale', 'integrationsNeedingReconnect').map((metric) =>
          metric.with({ statistic: Stats.MAXIMUM, period: Duration.hours(1) }),
        ),
        ...own('schedulesRepaired', 'recordsRejected', 'webhookRejected', 'pushChannelFailed'),
      ]),
    );
    dashboard.addWidgets(
      graph('Tokens', own('tokenRefreshed', 'tokenRefreshFailed', 'reauthRequired', 'providerAppMisconfigured')),
      graph('Provider calls', [byProvider(settings.stage, 'providerCalls', 'Sum')]),
      graph('Provider errors and throttles', [
        byProvider(settings.stage, 'providerErrors', 'Sum'),
        byProvider(settings.stage, 'providerThrottles', 'Sum'),
      ]),
    );
    dashboard.addWidgets(
      graph('Provider latency p95, ms', [byProvider(settings.stage, 'providerLatency', 'p95')]),
      graph(
        'Function errors',
        functions.map(([label, { fn }]) => fn.metricErrors({ label })),
      ),
      graph(
        'Function throttles',
        functions.map(([label, { fn }]) => fn.metricThrottles({ label })),
      ),
    );
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, leftYAxis: { min: 0 } });
}

function percentiles(metric: (statistic: string) => IMetric): IMetric[] {
  return [50, 95, 99].map((percent) => metric(Stats.percentile(percent)));
}

/** One line per provider and operation, without naming one: it appears with its first call. */
function byProvider(stage: string, name: HubMetricName, statistic: string): IMetric {
  const schema = [METRICS.namespace, ...Object.values(METRIC_DIMENSIONS)].join(',');
  const query = `{${schema}} MetricName="${METRICS[name]}" ${METRIC_DIMENSIONS.stage}="${stage}"`;
  return new MathExpression({
    expression: `SEARCH('${query}', '${statistic}')`,
    usingMetrics: {},
    label: '',
    period: Duration.minutes(5),
  });
}
