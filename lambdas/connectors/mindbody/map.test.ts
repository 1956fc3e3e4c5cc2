import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentSchema as hubAppointment } from '../../core/model/appointment.ts';
import { contactSchema } from '../../core/model/contact.ts';
import { appointmentRow, clientRow } from './fixtures/rows.ts';
import { toAppointmentRecord, toClientRecord } from './map.ts';
import { appointmentSchema, clientSchema } from './schemas.ts';

const SITE = { timeZone: 'America/New_York', country: 'GB' };
const client = (more: Record<string, unknown>) => toClientRecord(clientSchema.parse(clientRow(41, more)), SITE);
const appointment = (start: string, more: Record<string, unknown> = {}, zone = 'Europe/London') =>
  toAppointmentRecord(appointmentSchema.parse(appointmentRow(7, start, more)), null, zone).data;

describe('a client', () => {
  test('keeps the id that stays, and the one that booking needs beside it', () => {
    const record = client({});
    expect(record).toMatchObject({ id: '41', data: { id: '41' }, source: { Id: '10041', UniqueId: '41' } });
  });

  test('was changed at a time in UTC, and made at one of the site', () => {
    expect(client({ LastModifiedDateTime: '2026-11-20T09:14:02', CreationDate: '2026-01-05T10:00:00' })).toMatchObject({
      updatedAt: '2026-11-20T09:14:02.000Z',
      data: { createdAt: '2026-01-05T15:00:00.000Z' },
    });
  });

  test.each([
    [
      { FirstName: 'Cher', LastName: null },
      { displayName: 'Cher', firstName: 'Cher', lastName: null },
    ],
    [{ FirstName: 'Zoë 🌸', LastName: '👩‍👧 Quinn' }, { displayName: 'Zoë 🌸 👩‍👧 Quinn' }],
    [
      { FirstName: 'W'.repeat(200), LastName: '' },
      { displayName: 'W'.repeat(200), lastName: null },
    ],
    [
      { FirstName: '', LastName: ' ' },
      { displayName: 'Unknown', firstName: null, lastName: null },
    ],
    [{ IsProspect: true }, { lifecycleStage: 'prospect' }],
    [{ Email: ' Ada@Mailbox.Example ' }, { emails: ['ada@mailbox.example'] }],
  ])('named %j is kept as it is', (given, expected) => {
    expect(client(given).data).toMatchObject(expected);
  });

  test('has numbers as the site writes them, some without a country code', () => {
    const { phones } = client({ MobilePhone: '7911123456', HomePhone: '020 7946 0018', WorkPhone: 'ask' }).data;
    expect(phones.map(({ e164 }) => e164)).toEqual(['+447911123456', '+442079460018', null]);
    const abroad = toClientRecord(clientSchema.parse(clientRow(1)), { ...SITE, country: undefined });
    expect(abroad.data.phones).toEqual([{ e164: null, raw: '07911 123456', kind: 'mobile' }]);
  });

  test('is read whatever types its fields have', () => {
    const text = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant(undefined));
    fc.assert(
      fc.property(
        fc.record({
          FirstName: text,
          LastName: text,
          Email: text,
          MobilePhone: text,
          Status: text,
          CreationDate: text,
        }),
        (fields) => {
          const { data } = client(fields);
          expect(contactSchema.parse(data)).toEqual(data);
        },
      ),
    );
  });
});

describe('an appointment', () => {
  test.each([
    ['Requested', 'pending', true],
    ['Booked', 'confirmed', true],
    ['Arrived', 'confirmed', true],
    ['Completed', 'completed', true],
    ['NoShow', 'no_show', true],
    ['Cancelled', 'cancelled', false],
    ['LateCancelled', 'cancelled', false],
    ['None', 'confirmed', true],
    ['Something new', 'confirmed', true],
  ])('that is %s is %s', (Status, status, busy) => {
    expect(appointment('2026-12-01T10:00:00', { Status })).toMatchObject({ status, busy });
  });

  test('on the waiting list takes nobody’s time', () => {
    expect(appointment('2026-12-01T10:00:00', { IsWaitlist: true }).busy).toBe(false);
  });

  test.each([
    ['Europe/London', '2026-03-29T00:30:00', '2026-03-29T00:30:00+00:00'],
    ['Europe/London', '2026-03-29T01:30:00', '2026-03-29T02:30:00+01:00'],
    ['Europe/London', '2026-10-25T01:30:00', '2026-10-25T01:30:00+01:00'],
    ['Europe/London', '2026-10-25T02:30:00', '2026-10-25T02:30:00+00:00'],
    ['America/New_York', '2026-03-08T01:30:00', '2026-03-08T01:30:00-05:00'],
    ['America/New_York', '2026-03-08T03:30:00', '2026-03-08T03:30:00-04:00'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T01:30:00-04:00'],
    ['America/New_York', '2026-11-01T02:30:00', '2026-11-01T02:30:00-05:00'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-05T01:45:00+11:00'],
    ['Australia/Lord_Howe', '2026-04-05T02:15:00', '2026-04-05T02:15:00+10:30'],
    ['Australia/Lord_Howe', '2026-10-04T02:45:00', '2026-10-04T02:45:00+11:00'],
  ])('in %s at %s begins at %s', (zone, local, start) => {
    expect(appointment(local, {}, zone).start).toBe(start);
  });

  test('without an end lasts as long as it says, and never ends before it begins', () => {
    expect(appointment('2026-12-01T23:30:00', { EndDateTime: null, Duration: 45 }).end).toBe(
      '2026-12-02T00:15:00+00:00',
    );
    expect(appointment('2026-12-01T10:00:00', { EndDateTime: '2026-12-01T09:00:00' }).end).toBe(
      '2026-12-01T10:00:00+00:00',
    );
  });

  test('is what the mirror wants at whatever time of whatever day', () => {
    const zones = fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    const minute = fc.integer({ min: 0, max: 3 * 366 * 24 * 60 });
    fc.assert(
      fc.property(zones, minute, fc.integer({ min: 0, max: 600 }), (zone, at, length) => {
        const local = (minutes: number) => new Date(Date.UTC(2025, 0, 1) + minutes * 60_000).toISOString().slice(0, 19);
        const data = appointment(local(at), { EndDateTime: local(at + length) }, zone);
        expect(hubAppointment.parse(data)).toEqual(data);
        expect(Date.parse(data.end)).toBeGreaterThanOrEqual(Date.parse(data.start));
      }),
    );
  });
});
