import { Logger } from '@aws-lambda-powertools/logger';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { HubError } from '../core/errors.ts';
import { PowertoolsLogger } from './powertools-logger.ts';

/** With this set Powertools writes to the global console, which a test can watch. */
process.env.POWERTOOLS_DEV = 'true';

const logger = new PowertoolsLogger(new Logger({ serviceName: 'hub', logLevel: 'DEBUG' }));
let lines: string[];
beforeEach(() => {
  lines = [];
  for (const method of ['debug', 'info', 'warn', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((line) => {
      lines.push(line);
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('PowertoolsLogger', () => {
  test('writes fields', () => {
    logger.info('hello', { runId: 'r', counts: { seen: 3 }, ids: ['a'] });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'hello', runId: 'r', counts: { seen: 3 }, ids: ['a'] });
  });

  test("a HubError's message is written, its cause is not", () => {
    const cause = new TypeError('caller +447700900123');
    logger.error('failed', { error: new HubError('provider_rejected', { detail: 'It said no.', cause }) });
    expect(JSON.parse(lines[0] ?? '').error).toEqual({
      name: 'HubError',
      code: 'provider_rejected',
      message: 'It said no.',
      causedBy: 'TypeError',
      stack: expect.stringMatching(/^at /),
    });
    expect(lines[0]).not.toContain('+447700900123');
  });

  test('what a foreign error quotes is not written, at any depth', () => {
    const foreign = Object.assign(new Error('body: {"email":"a@example.com"}\nsecond line a@example.com'), {
      body: 'a@example.com',
      code: 'ECONNRESET',
    });
    logger.warn('failed', { error: foreign, nested: [{ reason: foreign }] });
    expect(lines[0]).toContain('ECONNRESET');
    expect(lines[0]).not.toContain('a@example.com');
  });

  test('circles end', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    logger.debug('round', { circle });
    expect(lines).toHaveLength(1);
  });
});
