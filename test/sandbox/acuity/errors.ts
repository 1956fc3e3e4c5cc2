import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer of the API ("API errors"); thrown by handlers and written by the app's error handler. */
export class AcuityFailure extends Error {
  override readonly name = 'AcuityFailure';
  readonly status: ContentfulStatusCode;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: ContentfulStatusCode, error: string, message: string) {
    super(message);
    this.status = status;
    this.body = { status_code: status, message, error };
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  not_available: 'The time is not available.',
  no_available_calendar: 'No calendar is available at the time.',
  not_available_min_hours_in_advance: 'The time is too soon.',
  not_available_max_days_in_advance: 'The time is too far ahead.',
  required_first_name: 'Attribute "firstName" is required.',
  required_last_name: 'Attribute "lastName" is required.',
  required_email: 'Attribute "email" is required.',
  invalid_email: 'Attribute "email" is not an e-mail address.',
  required_field: 'A form field is required.',
  required_appointment_type_id: 'The parameter "appointmentTypeID" is required.',
  invalid_appointment_type: 'The appointment type does not exist.',
  invalid_calendar: 'The calendar does not exist.',
  required_datetime: 'The parameter "datetime" is required.',
  invalid_datetime: 'The date and time are not valid.',
  invalid_timezone: 'The time zone is not valid.',
  cancel_not_allowed: 'Clients may not cancel.',
  cancel_too_close: 'It is too late to cancel.',
  reschedule_not_allowed: 'Clients may not reschedule.',
  reschedule_too_close: 'It is too late to reschedule.',
  reschedule_canceled: 'A canceled appointment can not be rescheduled.',
};

/** A refusal with status 400. */
export function refusal(error: string): AcuityFailure {
  return new AcuityFailure(400, error, MESSAGES[error] ?? 'The request is not valid.');
}

export function badRequest(message: string): AcuityFailure {
  return new AcuityFailure(400, 'bad_request', message);
}

export function notFound(): AcuityFailure {
  return new AcuityFailure(404, 'not_found', 'The object does not exist.');
}

export function unauthorized(): AcuityFailure {
  return new AcuityFailure(401, 'unauthorized', 'You are not authorized.');
}

export function rateLimited(): AcuityFailure {
  return new AcuityFailure(
    429,
    'too_many_requests',
    'Rate limit reached. Limit 10req/s and 20 concurrent connections.',
  );
}

/** What Acuity says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): Readonly<Record<string, unknown>> {
  const codes: Readonly<Record<number, string>> = {
    400: 'bad_request',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    405: 'method_not_allowed',
    429: 'too_many_requests',
  };
  return { status_code: status, message: `Answer with status ${status}`, error: codes[status] ?? 'internal_error' };
}
