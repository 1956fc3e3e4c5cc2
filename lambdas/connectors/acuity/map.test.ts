import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentSchema } from '../../core/model/appointment.ts';
import { contactSchema } from '../../core/model/contact.ts';
import { serviceSchema } from '../../core/model/service.ts';
import { staffMemberSchema } from '../../core/model/staff-member.ts';
import { ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { appointmentRow, calendarRow, clientRow, typeRow } from './fixtures/rows.ts';
import {
  clientId,
  type Reading,
  readingOf,
  toAppointmentRecord,
  toClientRecord,
  toServiceRecord,
  toStaffRecord,
} from './map.ts';
import {
  appointmentSchema as appointmentRowSchema,
  appointmentTypeSchema,
  calendarSchema,
  clientSchema,
} from './schemas.ts';

const READING: Reading = { defaultCountry: 'GB', timeZone: 'Europe/London', currency: 'GBP' };
const appointment = (change: Readonly<Record<string, unknown>> = {}, reading = READING) =>
  toAppointmentRecord(appointmentRowSchema.parse({ ...appointmentRow(), ...change }), reading).data;
const client = (change: Readonly<Record<string, unknown>> = {}, reading = READING) =>
  toClientRecord(clientSchema.parse(clientRow(change)), reading).data;

describe('an appointment', () => {
  it('is read from its instant and its length, whatever its display texts say', () => {
    const data = appointment({ endTime: 'never', date: 'some day' });
    expect(appointmentSchema.parse(data)).toEqual(data);
    expect(data).toMatchObject({
      id: '1800000001',
      status: 'confirmed',
      busy: true,
      start: '2026-12-03T10:00:00+00:00',
      end: '2026-12-03T10:45:00+00:00',
      timeZone: 'Europe/London',
      services: [{ id: '70010002', name: 'Colour' }],
      staff: [{ id: '14200003', name: 'Mara' }],
      customers: [{ id: null, name: 'Ada Nightingale', email: 'ada@mailbox.example', phone: '+442079460018' }],
      price: { amount: '80.00', currency: 'GBP' },
      location: null,
      createdAt: '2026-11-20T09:15:00.000Z',
    });
  });

  it.each([
    [{ canceled: true }, 'cancelled', false],
    [{ canceled: true, noShow: true }, 'no_show', false],
    [{ noShow: true }, 'no_show', true],
    [{ canceled: null, noShow: undefined }, 'confirmed', true],
  ])('with %j is %s', (change, status, busy) => {
    expect(appointment(change)).toMatchObject({ status, busy });
  });

  it.each([
    // Clocks go forward within the appointment, and back within it.
    ['Europe/London', '2027-03-28T00:30:00+0000', '2027-03-28T00:30:00+00:00', '2027-03-28T02:30:00+01:00'],
    ['Europe/London', '2026-10-25T00:30:00+0100', '2026-10-25T00:30:00+01:00', '2026-10-25T01:30:00+01:00'],
    ['Europe/London', '2026-10-25T01:30:00+0100', '2026-10-25T01:30:00+01:00', '2026-10-25T01:30:00+00:00'],
    ['America/New_York', '2027-03-14T01:30:00-0500', '2027-03-14T01:30:00-05:00', '2027-03-14T03:30:00-04:00'],
    ['America/New_York', '2026-11-01T01:30:00-0400', '2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00'],
    // Half an hour only.
    ['Australia/Lord_Howe', '2026-10-04T01:30:00+1030', '2026-10-04T01:30:00+10:30', '2026-10-04T03:00:00+11:00'],
    ['Australia/Lord_Howe', '2027-04-04T01:00:00+1100', '2027-04-04T01:00:00+11:00', '2027-04-04T01:30:00+10:30'],
  ])('on a day when the clocks change in %s lasts as long as it does: %s', (zone, datetime, start, end) => {
    const data = appointment({ datetime, calendarTimezone: zone, duration: '60' });
    expect(data).toMatchObject({ start, end, timeZone: zone });
    expect(Date.parse(data.end) - Date.parse(data.start)).toBe(3_600_000);
  });

  it('is in the zone of its calendar, else of the account, else of the business', () => {
    expect(appointment({ calendarTimezone: 'America/New_York' }).timeZone).toBe('America/New_York');
    expect(appointment({ calendarTimezone: 'Somewhere/Else' }).timeZone).toBe('Europe/London');
    const http = new ScriptedHttp(() => ({}));
    const config = { timeZone: 'Europe/Berlin' };
    expect(readingOf(sessionFor(http, config)).timeZone).toBe('Europe/Berlin');
    const account = { id: '1', name: null, attributes: { timeZone: 'Asia/Tokyo', currency: 'JPY' } };
    expect(readingOf(sessionFor(http, config, account))).toMatchObject({ timeZone: 'Asia/Tokyo', currency: 'JPY' });
  });

  it.each([
    { datetime: 'Thursday' },
    { datetime: '2026-12-03T10:00:00' },
    { duration: '' },
    { duration: '0' },
    { duration: 'long' },
    { id: null },
  ])('with %j is not read at all', (change) => {
    expect(appointmentRowSchema.safeParse({ ...appointmentRow(), ...change }).success).toBe(false);
  });

  it('keeps neither forms nor links that let anybody cancel it', () => {
    const row = { ...appointmentRow(), confirmationPage: 'https://acuityscheduling.com/x', formsText: 'allergic' };
    const record = toAppointmentRecord(appointmentRowSchema.parse(row), READING);
    expect(JSON.stringify(record)).not.toMatch(/confirmation|allergic/);
  });

  it('starts at the same instant, in whatever zone it is told', () => {
    const minutes = fc.integer({ min: -400 * 1440, max: 400 * 1440 });
    const zones = fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    fc.assert(
      fc.property(minutes, zones, fc.constantFrom('+0000', '-0500', '+1030', '+0545'), (minute, zone, offset) => {
        const shift = (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3)));
        const start = Date.parse('2026-11-23T12:00:00Z') + minute * 60_000;
        const local = new Date(start + shift * 60_000).toISOString().slice(0, 19);
        const data = appointment({ datetime: `${local}${offset}`, calendarTimezone: zone, duration: '90' });
        expect(Date.parse(data.start)).toBe(start);
        expect(Date.parse(data.end)).toBe(start + 90 * 60_000);
      }),
    );
  });
});

describe('a client', () => {
  it('has no id at Acuity: who is called the same, with the same number and address, is the same', () => {
    const data = client();
    expect(contactSchema.parse(data)).toEqual(data);
    expect(data.id).toMatch(/^[0-9a-f]{32}$/);
    const same = [
      { phone: '02079460018' },
      { phone: '020 7946-0018' },
      { firstName: ' ADA' },
      { email: 'Ada@Mailbox.example' },
    ];
    for (const change of same) expect(client(change).id).toBe(data.id);
    const others = [
      { phone: '020 7946 0019' },
      { lastName: 'Lovelace' },
      { email: '' },
      { firstName: '', lastName: 'AdaNightingale' },
    ];
    expect(new Set([data.id, ...others.map((change) => client(change).id)]).size).toBe(5);
  });

  it('keeps its id whatever country numbers are read for', () => {
    for (const defaultCountry of ['GB', 'US', undefined]) {
      expect(client({}, { ...READING, defaultCountry }).id).toBe(client().id);
    }
  });

  it.each([
    [{ firstName: 'Cher', lastName: '' }, 'Cher', 'Cher', null],
    [{ firstName: 'Zoë 🌸', lastName: '👩‍👧 Quinn' }, 'Zoë 🌸 👩‍👧 Quinn', 'Zoë 🌸', '👩‍👧 Quinn'],
    [{ firstName: '', lastName: null }, 'Unknown', null, null],
    [{ firstName: 'W'.repeat(200), lastName: 'Long' }, `${'W'.repeat(200)} Long`, 'W'.repeat(200), 'Long'],
  ])('called %j is called that', (change, displayName, firstName, lastName) => {
    expect(client(change)).toMatchObject({ displayName, firstName, lastName });
  });

  it.each([
    ['07500 900300', 'GB', '+447500900300'],
    ['(555) 123-0199', undefined, null],
    ['(617) 555-0199', 'US', '+16175550199'],
    ['call reception', 'GB', null],
    ['+49 170 1234567', 'GB', '+491701234567'],
  ])('with the number %s in %s has %s', (phone, defaultCountry, e164) => {
    expect(client({ phone }, { ...READING, defaultCountry }).phones).toMatchObject([{ e164, raw: phone }]);
  });

  it('has no notes here: they may be of any kind', () => {
    const record = toClientRecord(clientSchema.parse(clientRow({ notes: 'allergic to latex' })), READING);
    expect(JSON.stringify(record)).not.toContain('latex');
  });

  it('has one id per particulars', () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, text, (firstName, lastName, email, phone) => {
        const row = { firstName, lastName, email, phone };
        expect(clientId(row)).toBe(
          clientId({ ...row, firstName: ` ${firstName} `, email: email.toUpperCase().toLowerCase() }),
        );
        expect(clientId(row)).not.toBe(clientId({ ...row, lastName: `${lastName}x` }));
      }),
    );
  });
});

describe('an appointment type', () => {
  const service = (change: Readonly<Record<string, unknown>> = {}) =>
    toServiceRecord(appointmentTypeSchema.parse(typeRow(change)), READING).data;

  it('is a service', () => {
    const data = service();
    expect(serviceSchema.parse(data)).toEqual(data);
    expect(data).toMatchObject({
      name: 'Colour',
      durationMinutes: 45,
      bufferAfterMinutes: 15,
      price: { amount: '80.00', currency: 'GBP' },
      staffIds: ['14200003', '14200004'],
      bookable: true,
      capacity: null,
    });
  });

  it.each([{ active: false }, { private: true }, { type: 'class', classSize: 12 }, { type: 'series' }])(
    'with %j is not booked by callers',
    (change) => {
      expect(service(change).bookable).toBe(false);
    },
  );

  it('has a price only where it says one, and room only where it is a class', () => {
    expect(service({ price: '' }).price).toBeNull();
    expect(service({ price: 'ask us' }).price).toBeNull();
    expect(service({ type: 'class', classSize: 12 }).capacity).toBe(12);
  });
});

test('a calendar is somebody to be booked', () => {
  const { data } = toStaffRecord(calendarSchema.parse(calendarRow()));
  expect(staffMemberSchema.parse(data)).toEqual(data);
  expect(data).toMatchObject({ id: '14200003', name: 'Mara', email: 'mara@salon.example', timeZone: 'Europe/London' });
});
