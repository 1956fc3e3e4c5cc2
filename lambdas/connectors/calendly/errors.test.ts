import { describe, expect, test } from '@jest/globals';
import { classifyError, quotaPauseMs } from './errors.ts';

const answer = (status: number, body: unknown = {}, headers: Readonly<Record<string, string>> = {}) =>
  classifyError({ status, body, headers: new Headers(headers) });
const says = (message: string, title = 'Permission Denied') => ({ title, message });

describe('an error answer', () => {
  test.each([
    ['already cancelled', says('Event is already canceled'), 'provider_rejected'],
    ['past', says('Event in the past'), 'provider_rejected'],
    ['scope', says('Your token does not have the required scope', 'Insufficient scope'), 'missing_scope'],
    ['scopes by name', { required_scopes: ['contacts:write'] }, 'missing_scope'],
    ['plan', says('Please upgrade to a paid Calendly account.'), 'plan_required'],
    ['scope before plan', { ...says('Please upgrade'), required_scopes: ['webhooks:write'] }, 'missing_scope'],
    ['role', says('You do not have permission to access this resource.'), 'missing_scope'],
    ['nothing that can be read', '<html>', 'missing_scope'],
  ])('403 for %s', (_case, body, code) => expect(answer(403, body)).toMatchObject({ code }));

  test('403 for a role asks for an administrator, 403 for a scope for that scope', () => {
    expect(answer(403, says('You do not have permission'))?.message).toMatch(/owner or admin/);
    expect(answer(403, { required_scopes: ['contacts:write'] })?.message).not.toMatch(/owner or admin/);
  });

  test('400 names parameters and codes, never values', () => {
    const details = [
      { parameter: 'invitee.email', message: 'ada@mailbox.example is not valid', code: 'invalid' },
      { parameter: '+442079460018', message: 'odd' },
    ];
    const error = answer(400, { ...says('The supplied parameters are invalid.', 'Internal Server Error'), details });
    expect(error).toMatchObject({ code: 'provider_rejected' });
    expect(error?.message).toBe('Calendly does not accept these values: invitee.email, invalid.');
  });

  test.each([
    [{ 'x-ratelimit-reset': '17' }, 17],
    [{}, 60],
    [{ 'x-ratelimit-reset': 'soon' }, 60],
  ])('429 with %j pauses', (headers, retryAfterSeconds) => {
    expect(answer(429, {}, headers)).toMatchObject({ code: 'rate_limited', retryAfterSeconds });
  });

  test.each([
    [424, 'provider_unavailable'],
    [500, 'provider_unavailable'],
    [503, 'provider_unavailable'],
  ])('%d is an outage', (status, code) => expect(answer(status)).toMatchObject({ code }));

  test.each([404, 409, 418])('%d is left to the common rules', (status) => expect(answer(status)).toBeNull());
});

describe('what is left of the quota', () => {
  const pause = (limit: string, remaining: string) =>
    quotaPauseMs(
      new Headers({ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': '12' }),
    );

  test.each([
    ['500', '51', 0],
    ['500', '50', 12_000],
    ['50', '6', 0],
    ['50', '5', 12_000],
    ['50', '', 0],
  ])('of %s with %s remaining', (limit, remaining, ms) => expect(pause(limit, remaining)).toBe(ms));

  test('is not known without headers', () => expect(quotaPauseMs(new Headers())).toBe(0));
});
