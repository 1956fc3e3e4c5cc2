import type { Hono } from 'hono';
import { Temporal } from 'temporal-polyfill';
import type { AcuityAccount } from './account.ts';
import { acuityInstant, appointmentAnswer } from './answers.ts';
import { AcuityFailure, badRequest, refusal } from './errors.ts';
import type { AcuityContext, AcuityEnv } from './guard.ts';
import { appointmentOf, calendarIdOf, dateOf, instantOf, parse, readObject, textOf, typeOf, zoneOf } from './input.ts';
import type { AcuityAppointmentRecord } from './records.ts';

const HOUR_MS = 60 * 60_000;

/** What is free; booking, moving, cancelling. */
export function addBookingRoutes(app: Hono<AcuityEnv>): void {
  app.get('/api/v1/availability/dates', (c) => c.json(freeDates(c)));
  app.get('/api/v1/availability/times', (c) => c.json(freeTimes(c)));
  app.post('/api/v1/availability/check-times', async (c) => {
    const body = parse(await c.req.text());
    if (typeof body !== 'object' || body === null) throw badRequest('Expected a JSON object.');
    const account = c.get('account');
    return c.json(
      Array.isArray(body) ? body.map((one) => checked(account, { ...one })) : checked(account, { ...body }),
    );
  });
  app.post('/api/v1/appointments', async (c) => {
    const account = c.get('account');
    return c.json(appointmentAnswer(account, book(account, await readObject(c), isAdmin(c))));
  });
  app.put('/api/v1/appointments/:id/reschedule', async (c) => {
    const account = c.get('account');
    const record = appointmentOf(account, c.req.param('id'));
    move(account, record, await readObject(c), isAdmin(c));
    return c.json(appointmentAnswer(account, record));
  });
  app.put('/api/v1/appointments/:id/cancel', async (c) => {
    const account = c.get('account');
    const record = appointmentOf(account, c.req.param('id'));
    const body = await readObject(c);
    cancel(account, record, isAdmin(c));
    if (textOf(body.cancelNote) !== '') record.notes = `${record.notes}\n${textOf(body.cancelNote)}`.trim();
    if (isAdmin(c) && body.noShow === true) record.noShow = true;
    return c.json(appointmentAnswer(account, record));
  });
}

function freeDates(c: AcuityContext): { date: string }[] {
  const account = c.get('account');
  const query = c.req.query();
  const type = typeOf(account, query.appointmentTypeID);
  const calendarId = calendarIdOf(account, query.calendarID);
  const timeZone = zoneOf(account, query.timezone);
  if (!/^\d{4}-(0[1-9]|1[0-2])(-\d{2})?$/.test(query.month ?? '')) throw badRequest('month is written YYYY-MM.');
  const month = Temporal.PlainYearMonth.from((query.month ?? '').slice(0, 7));
  const dates = Array.from({ length: month.daysInMonth }, (_, index) =>
    month.toPlainDate({ day: index + 1 }).toString(),
  );
  return dates
    .filter((date) => account.freeTimes(type, calendarId, { date, timeZone }, []).length > 0)
    .map((date) => ({ date }));
}

function freeTimes(c: AcuityContext): { time: string; slotsAvailable: number }[] {
  const account = c.get('account');
  const query = c.req.query();
  const type = typeOf(account, query.appointmentTypeID);
  const calendarId = calendarIdOf(account, query.calendarID);
  const timeZone = zoneOf(account, query.timezone);
  const date = dateOf(query.date);
  if (date === null) throw badRequest('date is required.');
  const ignore = (c.req.queries('ignoreAppointmentIDs[]') ?? []).map(Number);
  return account
    .freeTimes(type, calendarId, { date, timeZone }, ignore)
    .map(({ start, calendars }) => ({ time: acuityInstant(start, timeZone), slotsAvailable: calendars }));
}

/** Refuses a time in its answer, and only a question that makes no sense with a status. */
function checked(account: AcuityAccount, body: Readonly<Record<string, unknown>>) {
  const type = typeOf(account, body.appointmentTypeID);
  const calendarId = calendarIdOf(account, body.calendarID);
  const start = instantOf(account, body.datetime);
  const echo = { datetime: textOf(body.datetime), appointmentTypeID: type.id, calendarID: calendarId };
  try {
    account.requireFree({ type, calendarId, start });
    return { ...echo, valid: true };
  } catch (error) {
    if (!(error instanceof AcuityFailure)) throw error;
    return { ...echo, valid: false, error: String(error.body.error), message: error.message };
  }
}

/** An administrator's booking is checked for nothing: neither the time nor the fields. */
function book(
  account: AcuityAccount,
  body: Readonly<Record<string, unknown>>,
  admin: boolean,
): AcuityAppointmentRecord {
  const type = typeOf(account, body.appointmentTypeID);
  const start = instantOf(account, body.datetime);
  const [firstName, lastName] = [textOf(body.firstName), textOf(body.lastName)];
  const [email, phone] = [textOf(body.email), textOf(body.phone)];
  if (firstName === '') throw refusal('required_first_name');
  if (lastName === '') throw refusal('required_last_name');
  if (!admin && email === '') throw refusal('required_email');
  if (email !== '' && !/^[^\s@]+@[^\s@]+$/.test(email)) throw refusal('invalid_email');
  if (!admin && account.settings.intakeForm && body.fields === undefined) throw refusal('required_field');
  const wanted = calendarIdOf(account, body.calendarID);
  if (admin && wanted === null) throw refusal('invalid_calendar');
  const calendarId = admin && wanted !== null ? wanted : account.requireFree({ type, calendarId: wanted, start });
  const client = { firstName, lastName, email, phone };
  const known = account.clients.some((one) => one.firstName === firstName && one.lastName === lastName);
  // Whoever books is a client from then on.
  if (!known) account.addClient({ ...client, notes: '' });
  return account.addAppointment(client, { type, calendarId, start, timeZone: zoneOf(account, body.timezone) });
}

function move(
  account: AcuityAccount,
  record: AcuityAppointmentRecord,
  body: Readonly<Record<string, unknown>>,
  admin: boolean,
): void {
  const start = instantOf(account, body.datetime);
  if (record.canceled) throw refusal('reschedule_canceled');
  if (!admin && !account.settings.clientsMayReschedule) throw refusal('reschedule_not_allowed');
  if (!admin && isTooClose(account, record)) throw refusal('reschedule_too_close');
  const type = typeOf(account, record.typeId);
  // Left out, it stays in its calendar; null has one chosen.
  const wanted = body.calendarID === undefined ? record.calendarId : calendarIdOf(account, body.calendarID);
  record.calendarId = admin
    ? (wanted ?? record.calendarId)
    : account.requireFree({ type, calendarId: wanted, start, ignore: [record.id] });
  record.start = start;
}

function cancel(account: AcuityAccount, record: AcuityAppointmentRecord, admin: boolean): void {
  if (record.canceled) {
    if (account.settings.repeatedCancel === 'succeeds') return;
    throw refusal('cancel_not_allowed');
  }
  if (!admin && !account.settings.clientsMayCancel) throw refusal('cancel_not_allowed');
  if (!admin && isTooClose(account, record)) throw refusal('cancel_too_close');
  record.canceled = true;
}

function isTooClose({ clock, settings }: AcuityAccount, { start }: AcuityAppointmentRecord): boolean {
  return start < clock.now() + settings.changeHoursBefore * HOUR_MS;
}

/** Flags go into the query; in a body they are ignored. */
function isAdmin(c: AcuityContext): boolean {
  return c.req.query('admin') === 'true';
}
