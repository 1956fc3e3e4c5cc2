import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { METRICS } from '../../lambdas/core/names.ts';
import { HubTemplate, type Resource } from './hub-template.ts';

const hub = new HubTemplate();
const alarms = hub.ofType('AWS::CloudWatch::Alarm');
const runbook = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** Headings as GitHub turns them into anchors. */
const sections = new Map(
  runbook.split(/^(?=#{1,3} )/m).map((text) => [anchorOf(text.slice(0, text.indexOf('\n')).replace(/^#+ /, '')), text]),
);

function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function runbookOf(alarm: Resource): string {
  return /docs\/operations\.md#([\w-]+)$/.exec(alarm.Properties.AlarmDescription)?.[1] ?? '';
}

function metricsOf({ Properties }: Resource): { Namespace: string; MetricName: string; Dimensions: unknown }[] {
  if (Properties.MetricName !== undefined) return [Properties as never];
  return Properties.Metrics.flatMap((part: { MetricStat?: { Metric: never } }) => part.MetricStat?.Metric ?? []);
}

describe('alarms', () => {
  test.each(alarms)('%s has a runbook section that says what to do', (_, alarm) => {
    const section = sections.get(runbookOf(alarm));

    expect(section).toBeDefined();
    for (const part of ['Description', 'Investigation', 'Resolution']) expect(section).toContain(`**${part}.**`);
  });

  test('have a runbook section each, and each section has an alarm', () => {
    const written = [...sections.keys()].filter((anchor) => anchor.startsWith('alarm-')).sort();

    expect(alarms.map(([, alarm]) => runbookOf(alarm)).sort()).toEqual(written);
  });

  test.each(alarms)('%s watches metrics that somebody emits', (_, alarm) => {
    const own = new Set<string>(Object.values(METRICS));
    const metrics = metricsOf(alarm);

    expect(metrics.length).toBeGreaterThan(0);
    for (const { Namespace, MetricName, Dimensions } of metrics) {
      if (Namespace === METRICS.namespace) {
        expect(own).toContain(MetricName);
        expect(Dimensions).toEqual([
          { Name: 'service', Value: METRICS.service },
          { Name: 'stage', Value: 'dev' },
        ]);
      } else {
        expect(['AWS/SQS', 'AWS/Lambda', 'AWS/ApiGateway']).toContain(Namespace);
      }
    }
  });

  test('tell nobody unless the settings say whom', () => {
    for (const [, alarm] of alarms) expect(alarm.Properties.AlarmActions).toBeUndefined();
    hub.template.resourceCountIs('AWS::SNS::Topic', 0);
  });

  test('go by e-mail, through a topic that CloudWatch may use', () => {
    const mailing = new HubTemplate({ alarmEmail: 'platform@example.com' });
    const [[topic] = []] = mailing.ofType('AWS::SNS::Topic');
    const [[, topicPolicy] = []] = mailing.ofType('AWS::SNS::TopicPolicy');
    const keyPolicies = mailing.ofType('AWS::KMS::Key').flatMap(([, key]) => key.Properties.KeyPolicy.Statement);

    for (const [, alarm] of mailing.ofType('AWS::CloudWatch::Alarm')) {
      expect(alarm.Properties.AlarmActions).toEqual([{ Ref: topic }]);
    }
    mailing.template.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'platform@example.com' });
    expect(topicPolicy?.Properties.PolicyDocument.Statement).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    );
    expect(keyPolicies).toContainEqual(expect.objectContaining({ Principal: { Service: 'cloudwatch.amazonaws.com' } }));
  });

  test('go to a topic that there is already', () => {
    const arn = 'arn:aws:sns:eu-west-2:123456789012:on-call';
    const existing = new HubTemplate({ alarmTopicArn: arn });

    for (const [, alarm] of existing.ofType('AWS::CloudWatch::Alarm'))
      expect(alarm.Properties.AlarmActions).toEqual([arn]);
  });
});
