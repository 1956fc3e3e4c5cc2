import { describe, expect, test } from '@jest/globals';
import { classifyError, endsFeed } from './errors.ts';
import { graphError } from './fixtures/events.ts';

describe('an error of Graph', () => {
  test.each([
    [400, 'ErrorPropertyValidationFailure', 'provider_rejected'],
    [400, 'ErrorOccurrenceCrossingBoundary', 'provider_rejected'],
    [403, 'ErrorAccessDenied', 'missing_scope'],
    [404, 'mailboxNotEnabledForRESTAPI', 'integration_not_connected'],
    [409, 'ErrorIrresolvableConflict', 'provider_rejected'],
    [412, 'PreconditionFailed', 'provider_rejected'],
    [423, 'locked', 'rate_limited'],
    [429, 'TooManyRequests', 'rate_limited'],
    [500, 'UnknownError', 'provider_unavailable'],
    [503, 'ErrorInternalServerTransientError', 'provider_unavailable'],
    [507, 'insufficientStorage', 'provider_rejected'],
    [509, 'bandwidthLimitExceeded', 'rate_limited'],
  ])('%d %s is %s', (status, code, expected) => {
    expect(classifyError(graphError(status, code))).toMatchObject({ code: expected });
  });

  test.each([404, 405])('%d is left to the common rules', (status) => {
    expect(classifyError(graphError(status, 'ErrorItemNotFound'))).toBeNull();
    expect(classifyError({ status, body: '<html>' })).toBeNull();
  });

  test('names codes and no values', () => {
    const body = {
      error: { code: 'ErrorInvalidRequest', message: 'noor@mail.example', innerError: { code: '+447500900300' } },
    };
    const { message = '' } = classifyError({ status: 400, body }) ?? {};
    expect(message).toContain('ErrorInvalidRequest');
    expect(message).not.toMatch(/noor|4475/);
  });

  test('of the feed is told by either code', () => {
    expect(endsFeed(400, { error: { code: 'BadRequest', innerError: { code: 'syncstatenotfound' } } })).toBe(true);
    expect(endsFeed(400, { error: { code: 'BadRequest', innererror: 'text' } })).toBe(false);
    expect(endsFeed(410, undefined)).toBe(true);
  });
});
