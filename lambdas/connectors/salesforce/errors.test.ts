import { describe, expect, it } from '@jest/globals';
import { classifyError, duplicateIds, quotaPauseMs } from './errors.ts';
import { failure, idOf, row } from './fixtures/rows.ts';

describe('classifyError', () => {
  it.each([
    [403, 'REQUEST_LIMIT_EXCEEDED', 'rate_limited'],
    [403, 'API_DISABLED_FOR_ORG', 'plan_required'],
    [403, 'API_CURRENTLY_DISABLED', 'plan_required'],
    [403, 'INSUFFICIENT_ACCESS_OR_READONLY', 'missing_scope'],
    [400, 'INVALID_FIELD', 'missing_scope'],
    [400, 'INVALID_TYPE', 'missing_scope'],
    [400, 'REQUIRED_FIELD_MISSING', 'provider_rejected'],
    [400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'provider_rejected'],
    [400, 'DUPLICATES_DETECTED', 'provider_rejected'],
    [400, 'INVALID_QUERY_LOCATOR', 'provider_rejected'],
    [400, 'MALFORMED_QUERY', 'internal'],
    [400, 'UNABLE_TO_LOCK_ROW', 'provider_unavailable'],
    [400, 'QUERY_TIMEOUT', 'provider_unavailable'],
    [400, 'ENTITY_IS_DELETED', 'not_found'],
    [404, 'NOT_FOUND', 'not_found'],
    [410, 'UNSUPPORTED_API_VERSION', 'internal'],
    [420, 'UNKNOWN_EXCEPTION', 'provider_unavailable'],
    [503, 'SERVER_UNAVAILABLE', 'provider_unavailable'],
  ])('%d %s is %s', (status, errorCode, code) => {
    expect(classifyError({ status, body: failure(errorCode) })).toMatchObject({ code });
  });

  it('tells the quota of the day from too many calls at once', () => {
    const told = (message: string) => classifyError({ status: 403, body: failure('REQUEST_LIMIT_EXCEEDED', message) });
    expect(told('TotalRequests Limit exceeded.')?.retryAfterSeconds).toBe(900);
    expect(told('ConcurrentRequests (Concurrent API Requests) Limit exceeded.')?.retryAfterSeconds).toBe(60);
  });

  it.each([502, 500])('takes a gateway page for an outage: %d', (status) => {
    expect(classifyError({ status, body: undefined })).toMatchObject({ code: 'provider_unavailable' });
  });

  it.each([{}, null, 'text', [1], [{ errorCode: 7 }]])('reads %j without stumbling', (body) => {
    expect(classifyError({ status: 404, body })).toBeNull();
    expect(classifyError({ status: 400, body })).toMatchObject({ code: 'provider_rejected' });
  });

  it('names fields and codes, and no value', () => {
    const body = failure('INVALID_EMAIL_ADDRESS', 'Email: invalid email address: ada@mailbox', {
      fields: ['Email', 'ada@mailbox'],
    });
    expect(classifyError({ status: 400, body })?.message).toBe(
      'Salesforce does not accept these values: INVALID_EMAIL_ADDRESS, Email.',
    );
  });
});

describe('duplicateIds', () => {
  const result = (...ids: string[]) => ({
    matchResults: [{ entityType: 'Contact', matchRecords: ids.map((id) => ({ record: row('Contact', id) })) }],
  });

  it.each(['duplicateResut', 'duplicateResult'])('are read from %s', (member) => {
    const [a, b] = [idOf('003', 1), idOf('003', 2)];
    expect(duplicateIds(failure('DUPLICATES_DETECTED', 'x', { [member]: result(a, b, a) }))).toEqual([a, b]);
  });

  it.each([
    [failure('DUPLICATES_DETECTED')],
    [failure('DUPLICATES_DETECTED', 'x', { duplicateResut: { matchResults: [{ matchRecords: [{ record: null }] }] } })],
    [failure('OTHER', 'x', { duplicateResut: result(idOf('003', 1)) })],
    [null],
  ])('are none in %j', (body) => {
    expect(duplicateIds(body)).toEqual([]);
  });
});

describe('quotaPauseMs', () => {
  it.each([
    ['api-usage=79999/100000', 0],
    ['api-usage=80000/100000', 900_000],
    ['api-bursts=9/10; api-usage=100000/100000', 900_000],
    ['per-app-api-usage=90/100(appName=hub)', 0],
    ['api-usage=?', 0],
    ['', 0],
  ])('after %j is %d', (header, pause) => {
    expect(quotaPauseMs(new Headers({ 'Sforce-Limit-Info': header }))).toBe(pause);
    expect(quotaPauseMs(new Headers())).toBe(0);
  });
});
