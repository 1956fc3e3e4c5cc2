import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentSchema } from '../../core/model/appointment.ts';
import type { NewAppointment } from '../connector.ts';
import { serviceRecord } from '../kit/records.ts';
import { eventRow, utc } from './fixtures/events.ts';
import { toAppointmentRecord } from './map.ts';
import { bodyOf } from './reference.ts';
import { eventSchema } from './schemas.ts';

const READING = { calendarId: 'AAcal1', timeZone: 'Europe/London', ownEmail: 'kim@clinic.example' };
const KEY = '5f0c2a447f0e4a0b9a412f6f3c1f0031';

const mapped = (more: Readonly<Record<string, unknown>> = {}) =>
  toAppointmentRecord(eventSchema.parse(eventRow('AA1', more)), READING);

function booking(customer: Partial<NewAppointment['customer']>, notes: string | null = null): NewAppointment {
  return {
    slot: {
      start: '2026-12-05T13:00:00Z',
      end: '2026-12-05T14:00:00Z',
      timeZone: 'Europe/London',
      serviceId: null,
      staffId: 'AAcal1',
      locationId: null,
      token: null,
    },
    service: null,
    customer: { contactId: null, firstName: null, lastName: null, name: 'Noor', email: null, phone: null, ...customer },
    title: 'Facial',
    notes,
    idempotencyKey: KEY,
  };
}

describe('an event', () => {
  test('is an appointment of its calendar', () => {
    const record = mapped({ location: { displayName: 'Room 2' }, bodyPreview: 'Bring the file' });
    expect(appointmentSchema.parse(record.data)).toEqual(record.data);
    expect(record).toMatchObject({
      id: 'AA1',
      updatedAt: '2026-11-02T08:00:00.123Z',
      data: {
        status: 'confirmed',
        start: '2026-12-02T09:00:00+00:00',
        end: '2026-12-02T09:30:00+00:00',
        timeZone: 'Europe/London',
        allDay: false,
        busy: true,
        title: 'Appointment AA1',
        notes: 'Bring the file',
        staff: [{ id: 'AAcal1', name: null }],
        customers: [],
        location: { id: null, name: 'Room 2' },
        seriesId: null,
        version: 'W/"AA1-1"',
        createdAt: '2026-11-01T08:00:00.123Z',
      },
    });
  });

  test.each([
    ['busy', true],
    ['tentative', true],
    ['oof', true],
    ['unknown', true],
    ['something new', true],
    [undefined, true],
    ['free', false],
    ['workingElsewhere', false],
  ])('shown as %j takes time up: %s', (showAs, busy) => {
    expect(mapped({ showAs }).data).toMatchObject({ busy, status: 'confirmed' });
  });

  test.each([
    [{ isCancelled: true }, 'cancelled', false],
    [{ responseStatus: { response: 'declined' } }, 'declined', false],
    [{ responseStatus: { response: 'notResponded' } }, 'pending', true],
    [{ responseStatus: { response: 'tentativelyAccepted' } }, 'pending', true],
    [{ responseStatus: { response: 'accepted' } }, 'confirmed', true],
    [{ responseStatus: null }, 'confirmed', true],
  ])('with %j is %s', (more, status, busy) => {
    expect(mapped(more).data).toMatchObject({ status, busy });
  });

  test('of a whole day keeps its day in summer, though UTC has another one', () => {
    const day = { isAllDay: true, start: utc('2026-06-30T23:00'), end: utc('2026-07-01T23:00') };
    expect(mapped(day).data).toMatchObject({
      allDay: true,
      start: '2026-07-01T00:00:00+01:00',
      end: '2026-07-02T00:00:00+01:00',
    });
  });

  test.each(['private', 'confidential'])('that is %s is no more than a time', (sensitivity) => {
    const secret = { sensitivity, subject: 'Oncology', bodyPreview: 'Dr. Roe', location: { displayName: 'Ward 4' } };
    const attendees = [{ type: 'required', emailAddress: { name: 'Roe', address: 'roe@hospital.example' } }];
    const record = mapped({ ...secret, attendees });
    expect(JSON.stringify(record)).not.toMatch(/Oncology|Roe|Ward/);
    expect(record.data).toMatchObject({ busy: true, title: null, notes: null, customers: [], location: null });
  });

  test('is for those who were invited, but not for rooms and hosts', () => {
    const attendees = [
      { type: 'required', emailAddress: { name: 'Kim Ito', address: 'KIM@clinic.example' } },
      { type: 'required', emailAddress: { name: 'Prince', address: 'Prince@Mail.example' } },
      { type: 'resource', emailAddress: { name: 'Room 2', address: 'room2@clinic.example' } },
      { type: 'optional', emailAddress: { name: '😀', address: 'not an address' } },
      { type: 'optional', emailAddress: null },
    ];
    expect(mapped({ attendees }).data.customers).toEqual([
      { id: null, name: 'Prince', email: 'prince@mail.example', phone: null },
      { id: null, name: '😀', email: null, phone: null },
    ]);
  });
});

describe('a booking of the hub', () => {
  const readBack = (given: NewAppointment, more: Readonly<Record<string, unknown>> = {}) =>
    mapped({ body: { contentType: 'text', content: bodyOf(given) }, ...more }).data;
  /** As Exchange gives a plain body back. */
  const asHtml = (plain: string) => {
    const escaped = plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return `<html>\r\n<head>\r\n<meta charset="utf-8"><style>p{}</style>\r\n</head>\r\n<body><div class="PlainText">${escaped.replaceAll('\n', '<br>\r\n')}</div>\r\n</body>\r\n</html>`;
  };

  test.each([
    ['one word', 'Prince'],
    ['an emoji', 'Zoë 😀 O’Brien & Sons <x>'],
    ['200 characters', 'N'.repeat(200)],
  ])('tells whom it is for: %s', (_what, name) => {
    const given = booking({ name, phone: '+447500900300', email: 'noor@mail.example' }, 'First visit\nPhone: none');
    for (const body of [
      { contentType: 'text', content: bodyOf(given) },
      { contentType: 'html', content: asHtml(bodyOf(given)) },
    ]) {
      expect(mapped({ body }).data).toMatchObject({
        customers: [{ id: null, name, phone: '+447500900300', email: 'noor@mail.example' }],
        notes: 'First visit\nPhone: none',
      });
    }
  });

  test('tells what it is for, also with words in brackets, and nothing that somebody has made of it', () => {
    const given = booking({});
    const service = serviceRecord({ id: 'cut-1', name: 'Cut (long hair)' }, null);
    expect(readBack({ ...given, service }).services).toEqual([{ id: 'cut-1', name: 'Cut (long hair)' }]);
    expect(readBack(given).services).toEqual([]);
    const content = bodyOf({ ...given, service }).replace('(cut-1)', '');
    expect(mapped({ body: { contentType: 'text', content } }).data.services).toEqual([]);
    const hidden = readBack({ ...given, service }, { sensitivity: 'private' });
    expect(hidden).toMatchObject({ title: null, customers: [], notes: null, services: [{ id: 'cut-1' }] });
  });

  test('tells no more than was known, and only numbers that can be called', () => {
    expect(readBack(booking({}))).toMatchObject({
      customers: [{ name: 'Noor', phone: null, email: null }],
      notes: null,
    });
    expect(readBack(booking({ phone: '07500 900300' })).customers[0]?.phone).toBeNull();
  });

  test('is read back as it was written, whatever it holds', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replace(/\s+/g, ' ').trim());
    fc.assert(
      fc.property(
        line.filter((name) => name !== ''),
        (name) => {
          const { customers } = readBack(booking({ name, phone: '+447500900300' }));
          expect(customers).toEqual([{ id: null, name, email: null, phone: '+447500900300' }]);
        },
      ),
    );
  });

  test('cannot be passed off in an invitation from outside', () => {
    const content = bodyOf(booking({ phone: '+447500900300' }));
    expect(mapped({ isOrganizer: false, body: { contentType: 'text', content } }).data.customers).toEqual([]);
  });
});
