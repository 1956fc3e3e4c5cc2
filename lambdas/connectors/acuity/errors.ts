import { type HubError, validationFailed } from '../../core/errors.ts';
import { limited, notAccepted, refusal, slotTaken, unavailable } from '../kit/failures.ts';
import { errorSchema } from './schemas.ts';

/** Codes with status 400 that say no to a time ("Create appointment"). */
const TAKEN: ReadonlySet<string> = new Set(['not_available', 'no_available_calendar']);

/** Codes with status 400 by which the business's own rules forbid something. Said to callers as it stands. */
const RULES: Readonly<Record<string, string>> = {
  not_available_min_hours_in_advance: 'This time is too soon: the business asks to be booked further ahead.',
  not_available_max_days_in_advance: 'This time is too far ahead: the business does not take bookings for it yet.',
  cancel_not_allowed: 'The business does not let its clients cancel this appointment.',
  cancel_too_close: 'It is too late to cancel this appointment.',
  reschedule_not_allowed: 'The business does not let its clients move this appointment.',
  reschedule_too_close: 'It is too late to move this appointment.',
  reschedule_series: 'This appointment belongs to a series; the business itself must move it.',
  reschedule_canceled: 'This appointment is cancelled, and so it cannot be moved.',
  required_field: 'The business asks questions that must be answered on its own booking page.',
  invalid_fields: 'The business asks questions that must be answered on its own booking page.',
};

/** Codes with status 400 about what a caller gave, and the member of the hub's request that it came from. */
const FIELDS: Readonly<Record<string, readonly [field: string, reason: string]>> = {
  required_first_name: ['customer.firstName', 'is needed to book'],
  required_last_name: ['customer.lastName', 'is needed to book'],
  required_email: ['customer.email', 'is needed to book'],
  invalid_email: ['customer.email', 'is not accepted as an e-mail address'],
  required_appointment_type_id: ['serviceId', 'is needed to book'],
  invalid_appointment_type: ['serviceId', 'names no appointment type that can be booked'],
  invalid_calendar: ['staffId', 'names no calendar that can be booked for this'],
  required_datetime: ['slotId', 'holds no time'],
  invalid_datetime: ['slotId', 'holds no time that can be booked'],
  invalid_timezone: ['timeZone', 'is not accepted'],
};

/**
 * Acuity's error answers in the hub's terms ("API errors": `{status_code, message, error}`; conflicts and rules are all
 * status 400 with a code in `error`). 409 and 422 for a taken time are in no page of Acuity's, only in notes of others.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const code = errorSchema.safeParse(body).data?.error ?? '';
  switch (status) {
    case 400:
      return refusalOf(code) ?? notAccepted('Acuity Scheduling', [code]);
    case 403:
      // There is one scope, so a new consent changes nothing.
      return refusal(
        "Acuity Scheduling does not permit this: it is another account's, or not part of the account's plan.",
      );
    case 409:
    case 422:
      return code === 'double_booked' || code === 'time_unavailable' ? slotTaken() : refusalOf(code);
    case 429:
      // Acuity names no pause ("API errors"); its limit is by the second.
      return limited('Acuity Scheduling', 1);
    default:
      return status >= 500 ? unavailable(`Acuity Scheduling answered with status ${status}.`) : null;
  }
}

/** What a code means, be it of an error answer or of a time that was checked; null for one that says nothing. */
export function refusalOf(code: string): HubError | null {
  if (TAKEN.has(code)) return slotTaken();
  const rule = RULES[code];
  if (rule !== undefined) return refusal(rule);
  const named = FIELDS[code];
  return named === undefined ? null : validationFailed(...named);
}
