import { describe, expect, test } from '@jest/globals';
import { classifyError, isDeadCursor, isStaleVersion } from './errors.ts';
import { errorBody, TAKEN } from './fixtures/rows.ts';

const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  classifyError({ status, body, headers: new Headers(headers) });
const invalid = (code: string, more: object = {}) => errorBody('INVALID_REQUEST_ERROR', code, { ...more });
const refused = (code: string, detail: string) => errorBody('AUTHENTICATION_ERROR', code, { detail });

describe('an error of Square', () => {
  test.each([
    [400, TAKEN, 'slot_unavailable'],
    [400, invalid('BAD_REQUEST', { field: 'booking.start_at' }), 'slot_unavailable'],
    [
      400,
      invalid('INVALID_VALUE', { field: 'booking.appointment_segments[0].service_variation_version' }),
      'slot_unavailable',
    ],
    [400, invalid('INVALID_TIME_RANGE', { field: 'query.filter.start_at_range' }), 'provider_rejected'],
    [400, invalid('BAD_REQUEST', { field: 'start_at_min' }), 'provider_rejected'],
    [400, invalid('INVALID_PHONE_NUMBER', { field: 'phone_number' }), 'provider_rejected'],
    [400, invalid('IDEMPOTENCY_KEY_REUSED'), 'idempotency_conflict'],
    [409, invalid('IDEMPOTENCY_KEY_REUSED'), 'idempotency_conflict'],
    [409, invalid('CONFLICT'), 'provider_rejected'],
    [403, refused('INSUFFICIENT_SCOPES', 'ITEMS_READ is needed.'), 'missing_scope'],
    [403, refused('FORBIDDEN', 'Merchant subscription does not support write operations.'), 'plan_required'],
    [403, errorBody('INVALID_REQUEST_ERROR', 'MERCHANT_SUBSCRIPTION_NOT_FOUND'), 'plan_required'],
    [403, refused('FORBIDDEN', 'Not allowed.'), 'missing_scope'],
    [410, invalid('GONE'), 'not_found'],
    [429, errorBody('RATE_LIMIT_ERROR', 'RATE_LIMITED'), 'rate_limited'],
    [429, 'Slow down', 'rate_limited'],
    [400, errorBody('API_ERROR', 'TEMPORARY_ERROR'), 'provider_unavailable'],
    [503, errorBody('API_ERROR', 'SERVICE_UNAVAILABLE'), 'provider_unavailable'],
    [502, '<html>', 'provider_unavailable'],
  ])('%d %j is %s', (status, body, code) => {
    expect(answer(status, body)).toMatchObject({ name: 'HubError', code });
  });

  test.each([404, 408, 422])('with status %d alone is left to the common rules', (status) => {
    expect(answer(status, {})).toBeNull();
  });

  test('names the scopes, codes and fields, and no value of a person', () => {
    const error = answer(400, {
      errors: [
        {
          category: 'INVALID_REQUEST_ERROR',
          code: 'INVALID_EMAIL_ADDRESS',
          field: 'email_address',
          detail: 'a@b.c is bad',
        },
        { category: 'INVALID_REQUEST_ERROR', code: '+447700900123', field: 'Ada Nightingale', detail: 'x' },
      ],
    });
    expect(error?.message).toBe('Square does not accept these values: INVALID_EMAIL_ADDRESS, email_address.');
    expect(answer(403, refused('INSUFFICIENT_SCOPES', 'Needs CUSTOMERS_READ.'))?.message).toContain('CUSTOMERS_READ');
  });

  test('pauses until the reset that it names, by its own clock', () => {
    const body = errorBody('RATE_LIMIT_ERROR', 'RATE_LIMITED');
    const date = 'Mon, 23 Nov 2026 12:00:00 GMT';
    const reset = String(Date.parse(date) / 1000 + 7);
    expect(answer(429, body, { date, 'x-ratelimit-reset': reset })?.retryAfterSeconds).toBe(7);
    expect(answer(429, body, { 'x-ratelimit-reset': reset })?.retryAfterSeconds).toBe(1);
    expect(answer(429, body, { date, 'x-ratelimit-reset': '3' })?.retryAfterSeconds).toBe(1);
  });

  test('says that a cursor is dead', () => {
    expect(isDeadCursor(invalid('INVALID_CURSOR'))).toBe(true);
    expect(isDeadCursor(invalid('BAD_REQUEST', { field: 'cursor' }))).toBe(true);
    expect(isDeadCursor(invalid('VALUE_TOO_HIGH', { field: 'limit' }))).toBe(false);
    expect(isDeadCursor('<html>')).toBe(false);
  });

  test.each([
    [409, invalid('CONFLICT'), true],
    [409, {}, true],
    [400, invalid('BAD_REQUEST', { field: 'version' }), true],
    [400, invalid('BAD_REQUEST', { field: 'booking_version' }), true],
    [400, invalid('BAD_REQUEST', { detail: 'Version mismatch.' }), true],
    [400, invalid('INVALID_VALUE', { field: 'appointment_segments[0].service_variation_version' }), false],
    [400, TAKEN, false],
    [409, invalid('IDEMPOTENCY_KEY_REUSED'), false],
    [400, invalid('BAD_REQUEST', { field: 'status' }), false],
  ])('%d %j tells of a stale version: %s', (status, body, expected) => {
    expect(isStaleVersion({ status, body })).toBe(expected);
  });
});
