import { describe, expect, test } from '@jest/globals';
import { readStageConfig, StageConfigError } from '../../lib/stage-config.ts';

describe('settings', () => {
  test('have defaults for dev', () => {
    expect(readStageConfig({})).toEqual({
      stage: 'dev',
      providers: ['hubspot'],
      partnerAgreements: [],
      returnUrlOrigins: ['http://localhost:3000'],
      logRetentionDays: 14,
      apiThrottle: { rateLimit: 50, burstLimit: 100 },
      syncConcurrency: 10,
      removalPolicy: 'destroy',
    });
  });

  test('are stricter by default in prod', () => {
    expect(readStageConfig({ 'hub.stage': 'prod' })).toMatchObject({
      partnerAgreements: [],
      returnUrlOrigins: [],
      logRetentionDays: 90,
      removalPolicy: 'retain',
    });
  });

  test('may all come as text from the command line', () => {
    const settings = readStageConfig({
      'hub.stage': 'staging',
      'hub.providers': 'hubspot, google_calendar',
      'hub.partnerAgreements': 'fresha',
      'hub.returnUrlOrigins': 'https://app.example.com,http://localhost:5173',
      'hub.logRetentionDays': '30',
      'hub.alarmEmail': 'platform@example.com',
      'hub.apiThrottle.rateLimit': '20',
      'hub.syncConcurrency': '50',
      'hub.publicOrigin': 'https://hub.example.com',
      'hub.removalPolicy': 'destroy',
    });

    expect(settings).toEqual({
      stage: 'staging',
      providers: ['hubspot', 'google_calendar'],
      partnerAgreements: ['fresha'],
      returnUrlOrigins: ['https://app.example.com', 'http://localhost:5173'],
      logRetentionDays: 30,
      alarmEmail: 'platform@example.com',
      apiThrottle: { rateLimit: 20, burstLimit: 100 },
      syncConcurrency: 50,
      publicOrigin: 'https://hub.example.com',
      removalPolicy: 'destroy',
    });
  });

  test('of a stage win over shared ones, and the command line wins over both', () => {
    const context = {
      hub: {
        stage: 'dev',
        syncConcurrency: 5,
        apiThrottle: { rateLimit: 10 },
        stages: { prod: { syncConcurrency: 20, apiThrottle: { rateLimit: 90, burstLimit: 180 } } },
      },
    };

    expect(readStageConfig(context)).toMatchObject({ syncConcurrency: 5, apiThrottle: { rateLimit: 10 } });
    expect(readStageConfig({ ...context, 'hub.stage': 'prod', 'hub.apiThrottle.rateLimit': '95' })).toMatchObject({
      stage: 'prod',
      syncConcurrency: 20,
      apiThrottle: { rateLimit: 95, burstLimit: 180 },
    });
  });

  test('leave the flags of CDK alone', () => {
    expect(readStageConfig({ '@aws-cdk/core:checkSecretUsage': true, stage: 'somebody else’s' }).stage).toBe('dev');
  });
});

describe('wrong settings', () => {
  test.each([
    [{ 'hub.stage': 'production' }, 'hub.stage is "production": must be dev, dev-<name>, staging or prod'],
    [{ hub: { stage: 3 } }, 'hub.stage is 3: must be dev, dev-<name>, staging or prod'],
    [
      { 'hub.providers': 'hubspott' },
      /^hub\.providers is "hubspott": must be among google_calendar, .*calendly, each once, at least one$/,
    ],
    [{ 'hub.providers': 'hubspot,hubspot' }, /^hub\.providers is "hubspot,hubspot": must be among/],
    [{ hub: { providers: [] } }, /^hub\.providers is \[\]: must be among/],
    [
      { 'hub.returnUrlOrigins': 'https://app.example.com/' },
      /^hub\.returnUrlOrigins is "https:\/\/app\.example\.com\/": must be https origins without a path/,
    ],
    [{ 'hub.partnerAgreements': 'fresh' }, /^hub\.partnerAgreements is "fresh": must be among google_calendar, /],
    [{ 'hub.returnUrlOrigins': 'http://app.example.com' }, /^hub\.returnUrlOrigins is .*: must be https origins/],
    [
      { 'hub.stage': 'prod', 'hub.returnUrlOrigins': 'http://localhost:3000' },
      'hub.returnUrlOrigins is "http://localhost:3000": must be https origins without a path, e.g. https://app.example.com',
    ],
    [{ 'hub.logRetentionDays': '31' }, /^hub\.logRetentionDays is "31": must be one of 1, 3, 5, 7, 14, 30/],
    [{ 'hub.alarmEmail': 'nobody' }, 'hub.alarmEmail is "nobody": must be an e-mail address'],
    [{ 'hub.alarmTopicArn': 'topic' }, 'hub.alarmTopicArn is "topic": must be the ARN of a standard SNS topic'],
    [
      { 'hub.alarmEmail': 'a@example.com', 'hub.alarmTopicArn': 'arn:aws:sns:eu-west-2:123456789012:on-call' },
      /^hub\.alarmTopicArn is "arn:.*": must not be set together with hub\.alarmEmail$/,
    ],
    [
      { 'hub.apiThrottle.rateLimit': 'fast' },
      'hub.apiThrottle.rateLimit is "fast": must be a whole number, 1 to 10000',
    ],
    [{ 'hub.apiThrottle': '50' }, /^hub\.apiThrottle is "50": /],
    [{ 'hub.syncConcurrency': '1' }, 'hub.syncConcurrency is "1": must be a whole number, 2 to 1000'],
    [
      { 'hub.publicOrigin': 'http://hub.example.com' },
      /^hub\.publicOrigin is .*: must be an https origin without a path/,
    ],
    [{ 'hub.stage': 'prod', 'hub.removalPolicy': 'destroy' }, 'hub.removalPolicy is "destroy": must be retain in prod'],
    [{ hub: 'dev' }, 'hub is "dev": must be an object of settings'],
    [
      { hub: { provider: 'hubspot' } },
      /^hub\.provider is "hubspot": there is no such setting; there are stage, providers, /,
    ],
    [
      { 'hub.apiThrottle.burst': '1' },
      /^hub\.apiThrottle\.burst is "1": there is no such setting; there are rateLimit, burstLimit$/,
    ],
    [{ hub: { stages: { production: {} } } }, /^hub\.stages\.production /],
  ])('%j are refused with one clear message', (context, message) => {
    const read = () => readStageConfig(context);

    expect(read).toThrow(StageConfigError);
    expect(read).toThrow(message);
  });
});
