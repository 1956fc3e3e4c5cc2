import { describe, expect, it } from '@jest/globals';
import { classifyError } from './errors.ts';

const answer = (status: number, error?: unknown, message = 'Ada Moreno, +15551230199, can not do this') =>
  classifyError({ status, body: { status_code: status, message, error } });

describe('an error answer', () => {
  it.each([
    [400, 'not_available', 'slot_unavailable'],
    [400, 'no_available_calendar', 'slot_unavailable'],
    [409, 'double_booked', 'slot_unavailable'],
    [422, 'time_unavailable', 'slot_unavailable'],
    [400, 'not_available_min_hours_in_advance', 'provider_rejected'],
    [400, 'not_available_max_days_in_advance', 'provider_rejected'],
    [400, 'cancel_not_allowed', 'provider_rejected'],
    [400, 'cancel_too_close', 'provider_rejected'],
    [400, 'reschedule_not_allowed', 'provider_rejected'],
    [400, 'reschedule_too_close', 'provider_rejected'],
    [400, 'reschedule_series', 'provider_rejected'],
    [400, 'reschedule_canceled', 'provider_rejected'],
    [400, 'required_field', 'provider_rejected'],
    [400, 'required_first_name', 'validation_failed'],
    [400, 'required_last_name', 'validation_failed'],
    [400, 'required_email', 'validation_failed'],
    [400, 'invalid_email', 'validation_failed'],
    [400, 'invalid_appointment_type', 'validation_failed'],
    [400, 'invalid_calendar', 'validation_failed'],
    [400, 'invalid_datetime', 'validation_failed'],
    [400, 'invalid_timezone', 'validation_failed'],
    [400, 'invalid_certificate', 'provider_rejected'],
    [400, 'bad_request', 'provider_rejected'],
    [403, 'forbidden', 'provider_rejected'],
    [429, 'too_many_requests', 'rate_limited'],
    [500, 'internal', 'provider_unavailable'],
  ])('%d %s is %s, without a value in it', (status, code, expected) => {
    const error = answer(status, code);
    expect(error).toMatchObject({ code: expected });
    expect(error?.message).not.toMatch(/Ada|Moreno|555/);
  });

  it('says in clear words why the business does not take a booking', () => {
    expect(answer(400, 'not_available_min_hours_in_advance')?.message).toContain('too soon');
    expect(answer(400, 'cancel_too_close')?.message).toContain('too late');
    expect(answer(400, 'required_last_name')).toMatchObject({ field: 'customer.lastName' });
  });

  it('never asks for a new consent: that is for 401 alone, which does not get here', () => {
    for (const status of [400, 403, 404, 409, 422, 429, 500]) {
      expect(answer(status, 'unauthorized')?.code).not.toBe('reauth_required');
    }
  });

  it.each([[404], [405], [410]])('%d is read by the common rules', (status) => {
    expect(answer(status, 'not_found')).toBeNull();
  });

  it.each(['', '<html>', null, [], { error: 7 }])('with the body %j is still read', (body) => {
    expect(classifyError({ status: 503, body })).toMatchObject({ code: 'provider_unavailable' });
    expect(classifyError({ status: 400, body })).toMatchObject({ code: 'provider_rejected' });
  });
});
