import { describe, expect, test } from '@jest/globals';
import { classifyError } from './errors.ts';

const error = (status: number, Code: string) =>
  classifyError({ status, body: { Error: { Message: 'Ada (07911 123456) was refused.', Code } } });

describe('an error answer', () => {
  test.each([
    ['DeniedAccess', 'missing_scope'],
    ['InvalidUserAccessLevel', 'missing_scope'],
    ['InvalidPermissionConfiguration', 'missing_scope'],
    ['InvalidSiteId', 'missing_scope'],
    ['InvalidStaffCredentials', 'reauth_required'],
    ['InvalidSourceCredentials', 'internal'],
    ['MissingRequiredFields', 'provider_rejected'],
    ['InvalidParameter', 'provider_rejected'],
    ['InvalidClientCreation', 'provider_rejected'],
    ['ClientNotFound', 'not_found'],
    ['ItemNotFound', 'not_found'],
    ['InvalidBookingTime', 'slot_unavailable'],
    ['SchedulingWindowViolated', 'slot_unavailable'],
    ['ClientIsAlreadyBooked', 'slot_unavailable'],
    ['PaymentRequired', 'provider_rejected'],
    ['TooManyRequests', 'rate_limited'],
    ['SQLDBMaintenance', 'provider_unavailable'],
    ['Unknown', 'provider_unavailable'],
  ])('is read by its code, whatever its status: %s', (code, expected) => {
    for (const status of [400, 403, 404, 409]) expect(error(status, code)?.code).toBe(expected);
  });

  test.each([400, 404, 500])('without a cause (%d) leaves open what became of a write', (status) => {
    expect(error(status, 'Unknown')).toMatchObject({ code: 'provider_unavailable', outcomeUnknown: true });
    expect(error(status, 'SQLDBMaintenance')).toMatchObject({ outcomeUnknown: false });
  });

  test('asks for reconnecting or for activation where that helps, and for nothing where it does not', () => {
    expect(error(403, 'DeniedAccess')?.message).toContain('Connect again');
    expect(error(403, 'InvalidSiteId')?.message).toContain('activate');
    expect(error(503, 'DeniedAccess')?.code).toBe('provider_unavailable');
  });

  test('without a code is left to the common rules, or is an outage', () => {
    expect(classifyError({ status: 404, body: '<html>' })).toBeNull();
    expect(classifyError({ status: 400, body: { Message: 'no' } })).toBeNull();
    expect(classifyError({ status: 500, body: { Message: 'An error has occurred.' } })?.code).toBe(
      'provider_unavailable',
    );
  });

  test('shows none of its values', () => {
    const codes = ['DeniedAccess', 'MissingRequiredFields', 'InvalidBookingTime', 'ClientNotFound', 'PaymentRequired'];
    for (const code of codes) expect(error(400, code)?.message).not.toMatch(/Ada|07911/);
  });
});
