import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentSchema } from '../../core/model/appointment.ts';
import { eventRow, occurrenceRow } from './fixtures/event-row.ts';
import { bookedEventId, propertiesOf, readRecordId, recordIdOf, toAppointmentRecord } from './map.ts';
import { eventSchema } from './schemas.ts';

const ZONE = 'Europe/London';
const mapped = (change: Readonly<Record<string, unknown>> = {}, zone = ZONE) =>
  toAppointmentRecord(eventSchema.parse(eventRow('e1', change)), 'chair@group.example', zone).data;
const days = (start: string, end: string) => ({ start: { date: start }, end: { date: end } });
const attendee = (change: object) => ({ email: 'Guest@Mailbox.example', responseStatus: 'accepted', ...change });

describe('an event', () => {
  it('is an appointment in its own zone', () => {
    const data = mapped({
      start: { dateTime: '2026-07-01T09:00:00Z', timeZone: 'America/New_York' },
      end: { dateTime: '2026-07-01T10:00:00Z', timeZone: 'America/New_York' },
      location: 'Upstairs',
      description: ' ',
    });
    expect(data).toMatchObject({
      start: '2026-07-01T05:00:00-04:00',
      end: '2026-07-01T06:00:00-04:00',
      timeZone: 'America/New_York',
      status: 'confirmed',
      busy: true,
      allDay: false,
      notes: null,
      staff: [{ id: 'chair@group.example', name: null }],
      location: { id: null, name: 'Upstairs' },
      customers: [],
      version: '"3520000000000000"',
      updatedAt: '2026-11-20T09:15:02.114Z',
    });
    expect(appointmentSchema.parse(data)).toEqual(data);
  });

  it.each(['private', 'confidential'])('that is %s shows its time only', (visibility) => {
    const secret = { summary: 'Dentist', description: 'root canal', location: 'Harley St', attendees: [attendee({})] };
    const record = toAppointmentRecord(eventSchema.parse(eventRow('e1', { visibility, ...secret })), 'c', ZONE);
    expect(record.data).toMatchObject({ title: null, notes: null, location: null, customers: [], busy: true });
    expect(JSON.stringify(record)).not.toMatch(/Dentist|canal|Harley|mailbox/i);
    expect(mapped({ visibility: 'public', ...secret })).toMatchObject({ title: 'Dentist', notes: 'root canal' });
  });

  it.each(['GMT+01:00', '+02:00', 'Nowhere/Else', '', null])(
    'in a zone that is none (%j) is shown in the calendar’s',
    (timeZone) => {
      const time = { dateTime: '2026-12-01T10:00:00Z', timeZone };
      expect(mapped({ start: time, end: time }).timeZone).toBe(ZONE);
    },
  );

  it('without times, or with times that are none, is unreadable', () => {
    for (const change of [
      { start: null },
      { start: {} },
      days('2026-12-01', 'soon'),
      { end: { date: '2026-12-02' } },
    ]) {
      expect(() => mapped(change)).toThrow();
    }
  });

  it('that ends before it begins takes no time', () => {
    const { start, end } = mapped({ end: { dateTime: '2026-12-01T09:00:00Z' } });
    expect(end).toBe(start);
  });

  it('of a series names the series', () => {
    const row = eventSchema.parse(occurrenceRow('weekly', '2026-12-03T09:00:00Z'));
    const { id, data } = toAppointmentRecord(row, 'chair', ZONE);
    expect(id).toBe(recordIdOf('chair', 'weekly_20261203T090000Z'));
    expect(data.seriesId).toBe(recordIdOf('chair', 'weekly'));
  });
});

/** Days on which clocks change, with the length of the day in hours. */
test.each([
  ['Europe/London', '2026-03-29', 23, '+00:00'],
  ['Europe/London', '2026-10-25', 25, '+01:00'],
  ['America/New_York', '2026-03-08', 23, '-05:00'],
  ['America/New_York', '2026-11-01', 25, '-04:00'],
  ['Australia/Lord_Howe', '2026-04-05', 24.5, '+11:00'],
  ['Australia/Lord_Howe', '2026-10-04', 23.5, '+10:30'],
  // Clocks go forward at midnight: the day begins at one.
  ['America/Santiago', '2026-09-06', 23, '-03:00'],
])('an all-day event on a day of change in %s, %s, lasts %d hours', (zone, date, hours, offset) => {
  const next = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
  const { start, end, allDay, timeZone } = mapped(days(date, next), zone);
  expect({ allDay, timeZone }).toEqual({ allDay: true, timeZone: zone });
  expect(start.slice(0, 10)).toBe(date);
  expect(start.slice(-6)).toBe(offset);
  expect(end.slice(0, 10)).toBe(next);
  expect((Date.parse(end) - Date.parse(start)) / 3_600_000).toBe(hours);
});

describe('whether it takes time up', () => {
  it.each([
    ['an ordinary event', {}, true, 'confirmed'],
    ['an opaque one', { transparency: 'opaque' }, true, 'confirmed'],
    ['one shown as free', { transparency: 'transparent' }, false, 'confirmed'],
    ['a tentative one', { status: 'tentative' }, true, 'pending'],
    ['one not answered yet', { attendees: [attendee({ self: true, responseStatus: 'needsAction' })] }, true, 'pending'],
    ['one declined here', { attendees: [attendee({ self: true, responseStatus: 'declined' })] }, false, 'declined'],
    ['one declined by a guest', { attendees: [attendee({ responseStatus: 'declined' })] }, true, 'confirmed'],
    ['a working location', { eventType: 'workingLocation' }, false, 'confirmed'],
    ['out of office', { eventType: 'outOfOffice' }, true, 'confirmed'],
    ['focus time', { eventType: 'focusTime' }, true, 'confirmed'],
    ['all-day leave', days('2026-12-24', '2026-12-27'), true, 'confirmed'],
  ])('%s', (_what, change, busy, status) => {
    expect(mapped(change)).toMatchObject({ busy, status });
  });
});

describe('whom it is for', () => {
  const customer = (change: object) => ({
    contactId: null,
    firstName: null,
    lastName: null,
    name: 'Ada',
    email: null,
    phone: null,
    ...change,
  });
  const forCustomer = (change: object) => {
    const properties = propertiesOf('k'.repeat(32), customer(change), { id: 'cut', name: 'Haircut' });
    return { data: mapped({ extendedProperties: { private: properties } }), properties };
  };

  it.each(['Zoë', 'Ada 💇‍♀️', 'Ng', 'José María de la Concepción y Torres'])('keeps the name %s as it is', (name) => {
    const { data } = forCustomer({ name, phone: '+442079460018', email: 'ada@mailbox.example' });
    expect(data.customers).toEqual([{ id: null, name, email: 'ada@mailbox.example', phone: '+442079460018' }]);
    expect(data.services).toEqual([{ id: 'cut', name: 'Haircut' }]);
  });

  it('keeps what fits of a property, and no half characters', () => {
    const { properties } = forCustomer({ name: `a${'💇'.repeat(600)}` });
    expect(properties.hubCustomerName?.length).toBe(1_023);
    expect(properties.hubCustomerName?.isWellFormed()).toBe(true);
    expect(forCustomer({ name: 'x'.repeat(200) }).data.customers[0]?.name).toBe('x'.repeat(200));
    for (const [name, value] of Object.entries(properties)) {
      expect(name.length).toBeLessThanOrEqual(44);
      expect(value.length).toBeLessThanOrEqual(1_024);
    }
  });

  it('invents nobody', () => {
    expect(forCustomer({ name: '' }).properties).toEqual({
      hubBooking: 'k'.repeat(32),
      hubServiceId: 'cut',
      hubServiceName: 'Haircut',
    });
    expect(mapped().customers).toEqual([]);
  });

  it('is everybody invited but the calendar itself, its organizer and rooms', () => {
    const { customers } = mapped({
      attendees: [
        attendee({ self: true, email: 'chair@group.example' }),
        attendee({ organizer: true, email: 'owner@salon.example' }),
        attendee({ resource: true, email: 'room@resource.example' }),
        attendee({ displayName: 'Otto' }),
        attendee({ email: null }),
      ],
      extendedProperties: { private: { hubCustomerName: 'Ada', hubCustomerEmail: 'Ada@Mailbox.example' } },
    });
    expect(customers).toEqual([
      { id: null, name: 'Ada', email: 'ada@mailbox.example', phone: null },
      { id: null, name: 'Otto', email: 'guest@mailbox.example', phone: null },
      { id: null, name: null, email: null, phone: null },
    ]);
  });
});

describe('ids', () => {
  it('name calendar and event, both ways, without showing an address', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1 }), (calendarId, eventId) => {
        const id = recordIdOf(calendarId, eventId);
        expect(readRecordId(id)).toEqual({ calendarId, eventId });
        expect(id.slice(0, -eventId.length)).toMatch(/^[\w-]+\.$/);
      }),
    );
  });

  it('tell one event from another of the same id elsewhere', () => {
    fc.assert(
      fc.property(fc.tuple(fc.string(), fc.string()), fc.tuple(fc.string(), fc.string()), (a, b) => {
        const same = a[0] === b[0] && a[1] === b[1];
        expect(recordIdOf(`c${a[0]}`, a[1]) === recordIdOf(`c${b[0]}`, b[1])).toBe(same);
      }),
    );
  });

  it.each(['', 'x', '.', '.e', 'c.', 'c d.e'])('that are none (%j) are not read', (id) => {
    expect(readRecordId(id)).toBeNull();
  });

  it('of bookings are in Google’s alphabet, and differ by key and generation', () => {
    const ids = ['a', 'b'].flatMap((key) => [0, 1, 2].map((generation) => bookedEventId(key.repeat(32), generation)));
    expect(new Set(ids).size).toBe(6);
    for (const id of ids) expect(id).toMatch(/^[a-v0-9]{5,1024}$/);
    expect(bookedEventId('a'.repeat(32), 0)).toBe(ids[0]);
  });
});
