import { describe, expect, it } from '@jest/globals';
import { classifyError } from './errors.ts';

describe('classifyError', () => {
  it.each([
    [429, { policyName: 'DAILY' }, 'rate_limited', 3600],
    [429, { policyName: 'TEN_SECONDLY_ROLLING' }, 'rate_limited', 10],
    [429, { policyName: 'SECONDLY' }, 'rate_limited', 1],
    [429, '<html>', 'rate_limited', 10],
    [423, undefined, 'rate_limited', 2],
    [477, {}, 'provider_unavailable', 600],
    [502, '<html>', 'provider_unavailable', undefined],
    [523, null, 'provider_unavailable', undefined],
  ])('reads %d %j as %s', (status, body, code, retryAfterSeconds) => {
    expect(classifyError({ status, body })).toMatchObject({ code, retryAfterSeconds });
  });

  it('names the scopes that are missing', () => {
    const errors = [{ context: { requiredGranularScopes: ['crm.objects.deals.read'] } }];
    const error = classifyError({ status: 403, body: { category: 'MISSING_SCOPES', errors } });
    expect(error).toMatchObject({ code: 'missing_scope', message: expect.stringContaining('crm.objects.deals.read') });
  });

  it.each([401, 403, 404, 409])('leaves %d to the common rules', (status) => {
    expect(classifyError({ status, body: {} })).toBeNull();
  });
});
