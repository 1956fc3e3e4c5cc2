import type { Hono } from 'hono';
import { Temporal } from 'temporal-polyfill';
import type { AcuityAccount } from './account.ts';
import { appointmentAnswer, calendarAnswer, clientAnswer, typeAnswer } from './answers.ts';
import { AcuityFailure, refusal } from './errors.ts';
import type { AcuityEnv } from './guard.ts';
import { appointmentOf, dateOf, readObject, textOf } from './input.ts';
import type { AcuityAppointmentRecord, AcuityClientRecord } from './records.ts';

const DEFAULT_MAX = 100;

/** The account, its clients, appointments, types and calendars. */
export function addListRoutes(app: Hono<AcuityEnv>): void {
  app.get('/api/v1/me', (c) => c.json(meAnswer(c.get('account'))));
  app.get('/api/v1/calendars', (c) => c.json(c.get('account').calendars.map(calendarAnswer)));
  app.get('/api/v1/appointment-types', (c) => {
    const account = c.get('account');
    return c.json(account.types.map((type) => typeAnswer(account, type)));
  });
  app.get('/api/v1/appointments', (c) => {
    const account = c.get('account');
    return c.json(listed(account, c.req.query()).map((record) => appointmentAnswer(account, record)));
  });
  app.get('/api/v1/appointments/:id', (c) => {
    const account = c.get('account');
    return c.json(appointmentAnswer(account, appointmentOf(account, c.req.param('id'))));
  });
  app.get('/api/v1/clients', (c) => {
    // `max` and `page` are ignored: a search or not, the answer is all there is.
    const wanted = c.req.query('search')?.trim();
    const account = c.get('account');
    const found = wanted ? account.clients.filter((client) => matches(account, client, wanted)) : account.clients;
    return c.json(found.map(clientAnswer));
  });
  app.post('/api/v1/clients', async (c) => {
    const account = c.get('account');
    const body = await readObject(c);
    const [firstName, lastName] = [textOf(body.firstName), textOf(body.lastName)];
    if (firstName === '') throw refusal('required_first_name');
    if (lastName === '') throw refusal('required_last_name');
    const client = {
      firstName,
      lastName,
      email: textOf(body.email),
      phone: textOf(body.phone),
      notes: textOf(body.notes),
    };
    const same = (other: AcuityClientRecord) =>
      other.firstName === firstName && other.lastName === lastName && other.phone === client.phone;
    if (account.settings.repeatedClient === 'is_refused' && account.clients.some(same)) {
      throw new AcuityFailure(400, 'client_exists', 'The client exists.');
    }
    return c.json(clientAnswer(account.addClient(client)));
  });
}

function meAnswer({ facts: { id, name, timeZone, currency } }: AcuityAccount) {
  return {
    id,
    owner: id,
    email: 'owner@marlow-finch.example',
    adminEmail: 'owner@marlow-finch.example',
    timezone: timeZone,
    name,
    businessName: name,
    currency,
    schedulingPage: `https://app.acuityscheduling.com/schedule.php?owner=${id}`,
    plan: 'Premium',
    planCapabilities: { can_use_api: false },
    isHIPAA: false,
    clientsDistinctByPhone: true,
    isIntegratedSquarespace: false,
    hasExpired: false,
  };
}

/** By the documented parameters; what is beyond the ceiling is left out without a word. */
function listed(account: AcuityAccount, query: Readonly<Record<string, string>>): AcuityAppointmentRecord[] {
  const [minDate, maxDate] = [dateOf(query.minDate), dateOf(query.maxDate)];
  const digits = query.phone?.replace(/\D/g, '');
  const found = [...account.appointments.values()].filter((record) => {
    const date = minDate || maxDate ? dateFor(account, record) : '';
    return (
      (minDate === null || date >= minDate) &&
      (maxDate === null || date <= maxDate) &&
      (query.calendarID === undefined || String(record.calendarId) === query.calendarID) &&
      (query.appointmentTypeID === undefined || String(record.typeId) === query.appointmentTypeID) &&
      (query.email === undefined || record.email.toLowerCase() === query.email.toLowerCase()) &&
      (digits === undefined || record.phone === digits) &&
      (query.firstName === undefined || record.firstName === query.firstName) &&
      (query.lastName === undefined || record.lastName === query.lastName) &&
      (query.showall === 'true' || record.canceled === (query.canceled === 'true'))
    );
  });
  const sign = query.direction?.toUpperCase() === 'ASC' ? 1 : -1;
  found.sort((a, b) => sign * (a.start - b.start || a.id - b.id));
  const max = Number.parseInt(query.max ?? '', 10) || DEFAULT_MAX;
  return found.slice(0, Math.min(max, account.settings.maxRows));
}

function dateFor(account: AcuityAccount, { start, calendarId }: AcuityAppointmentRecord): string {
  const calendar = account.calendars.find(({ id }) => id === calendarId);
  const zones = { account: account.facts.timeZone, calendar: calendar?.timeZone ?? account.facts.timeZone, utc: 'UTC' };
  const zone = zones[account.settings.datesIn];
  return Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone).toPlainDate().toString();
}

function matches({ settings }: AcuityAccount, client: AcuityClientRecord, wanted: string): boolean {
  const text = wanted.toLowerCase();
  const digits = wanted.replace(/\D/g, '');
  const byPhone =
    settings.searchPhones === 'digits'
      ? digits.length >= 4 && /^[\d\s()+.-]+$/.test(wanted) && client.phone.replace(/\D/g, '').includes(digits)
      : client.phone.includes(wanted);
  return (
    byPhone ||
    `${client.firstName} ${client.lastName}`.toLowerCase().includes(text) ||
    (settings.searchKnowsEmail && client.email.toLowerCase().includes(text))
  );
}
