import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { PowertoolsMetrics } from './powertools-metrics.ts';

/** With this set Powertools writes to the global console, which a test can watch. */
process.env.POWERTOOLS_DEV = 'true';
process.env.POWERTOOLS_METRICS_DISABLED = 'false';

const metrics = new PowertoolsMetrics(
  new Metrics({
    namespace: 'Hub',
    serviceName: 'hub',
    defaultDimensions: { service: 'hub', stage: 'test' },
  }),
);
let lines: string[];
beforeEach(() => {
  lines = [];
  jest.spyOn(console, 'log').mockImplementation((line) => {
    lines.push(line);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('a metric is written at once, under the dimensions that alarms watch', () => {
  metrics.count('SyncRunFailed');
  const line = JSON.parse(lines[0] ?? '');
  expect(line).toMatchObject({ service: 'hub', stage: 'test', SyncRunFailed: 1 });
  expect(line._aws.CloudWatchMetrics).toEqual([
    {
      Namespace: 'Hub',
      Dimensions: [['service', 'stage']],
      Metrics: [{ Name: 'SyncRunFailed', Unit: 'Count' }],
    },
  ]);
});

test('with more dimensions it is written under both sets', () => {
  metrics.duration('ProviderLatency', 12, { provider: 'hubspot' });
  metrics.count('ProviderCalls', 3);
  const [first, second] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ provider: 'hubspot', ProviderLatency: 12 });
  expect(first._aws.CloudWatchMetrics[0]).toMatchObject({
    Dimensions: [
      ['service', 'stage'],
      ['service', 'stage', 'provider'],
    ],
    Metrics: [{ Name: 'ProviderLatency', Unit: 'Milliseconds' }],
  });
  expect(second._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'stage']]);
});
