import { describe, expect, test } from '@jest/globals';
import { HubError } from '../../core/errors.ts';
import type { AvailabilityQuery, CalendarBusy } from '../connector.ts';
import { busyByCalendar, busyStretches, calendarName, namedCalendars } from './calendars.ts';
import { appointmentRecord, staffRecord } from './records.ts';
import { ScriptedHttp, sessionFor } from './scripted-http.ts';

const QUERY: AvailabilityQuery = {
  from: '2026-12-02T00:00:00Z',
  to: '2026-12-03T00:00:00Z',
  timeZone: 'Europe/Berlin',
  service: null,
  staffId: null,
  staff: [],
  moving: null,
};
const sessionWith = (calendars?: readonly { staffId: string; name?: string }[]) =>
  sessionFor(new ScriptedHttp(() => ({})), { booking: calendars ? { calendars: [...calendars] } : {} });
const session = sessionWith();
const nothingIn = (staffId: string): CalendarBusy => ({ staffId, timeZone: null, busy: [], hours: null });

describe('calendars that are booked', () => {
  test('are those that were named, each once; null stands for the main one', () => {
    expect(namedCalendars(sessionWith([{ staffId: 'a' }, { staffId: 'b' }, { staffId: 'a' }]))).toEqual(['a', 'b']);
    expect(namedCalendars(session)).toBeNull();
  });

  test('are called by a name, and never by an address', () => {
    const staff = [
      staffRecord({ id: 'kim@clinic.example', name: 'Kim' }, null),
      staffRecord({ id: 'b', name: 'lee@x.test' }, null),
    ];
    const configured = sessionWith([{ staffId: 'kim@clinic.example', name: 'Chair 1' }]);
    expect(calendarName(configured, staff, 'kim@clinic.example')).toBe('The calendar "Chair 1"');
    expect(calendarName(session, staff, 'kim@clinic.example')).toBe('The calendar "Kim"');
    expect(calendarName(session, staff, 'b')).toBe('The calendar "b"');
    expect(calendarName(session, [], 'kim@clinic.example')).toBe('One of the calendars');
  });
});

describe('asking several calendars', () => {
  const failing = (code: HubError['code'], ...ids: readonly string[]) => {
    return async (id: string) => {
      if (ids.includes(id)) throw new HubError(code, { detail: 'refused' });
      return nothingIn(id);
    };
  };
  const ask = (read: (id: string) => Promise<CalendarBusy>, query = QUERY) =>
    busyByCalendar(session, query, 'Outlook', ['a', 'b'], read);

  test('leaves out one that can not be read, and says so', async () => {
    expect(await ask(failing('provider_unavailable', 'b'))).toEqual({
      kind: 'busy',
      calendars: [nothingIn('a')],
      notes: ['The calendar "b" could not be read in Outlook, so nothing is offered there.'],
    });
  });

  test('fails when none can be read, unless none is there', async () => {
    await expect(ask(failing('rate_limited', 'a', 'b'))).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await ask(failing('not_found', 'a', 'b'))).toMatchObject({
      calendars: [],
      notes: [{}, {}].map(() => expect.any(String)),
    });
  });

  test('fails when the account must be connected again, and for what nobody has foreseen', async () => {
    await expect(ask(failing('reauth_required', 'b'))).rejects.toMatchObject({ code: 'reauth_required' });
    const broken = async (id: string) => (id === 'a' ? nothingIn(id) : Promise.reject(new TypeError('broken')));
    await expect(ask(broken)).rejects.toThrow(TypeError);
  });

  test('does not ask one that the mirror knows to be read-only', async () => {
    const query = { ...QUERY, staff: [staffRecord({ id: 'a', name: 'Kim' }, null)] };
    const answer = await ask(failing('internal', 'b'), query);
    expect(answer).toMatchObject({ calendars: [{ staffId: 'a' }], notes: [expect.stringContaining('"b"')] });
  });
});

describe('the stretches that appointments take', () => {
  const at = (id: string, start: string, end: string, more: object = {}) =>
    appointmentRecord(
      'appointments',
      { id, status: 'confirmed', start: `2026-12-02T${start}Z`, end: `2026-12-02T${end}Z`, timeZone: 'UTC', ...more },
      null,
    );
  const rows = [at('a', '09:00', '10:00'), at('b', '09:00', '10:00'), at('c', '09:30', '11:00')];

  test('are one for each, overlapping or equal, in the zone that is asked for', () => {
    expect(busyStretches(rows, QUERY)).toEqual([
      { start: '2026-12-02T10:00:00+01:00', end: '2026-12-02T11:00:00+01:00' },
      { start: '2026-12-02T10:00:00+01:00', end: '2026-12-02T11:00:00+01:00' },
      { start: '2026-12-02T10:30:00+01:00', end: '2026-12-02T12:00:00+01:00' },
    ]);
  });

  test('name the service that they are booked for', () => {
    const booked = at('e', '12:00', '13:00', { services: [{ id: 'cut', name: 'Haircut' }] });
    expect(busyStretches([booked], QUERY)).toMatchObject([{ serviceId: 'cut' }]);
  });

  test('leave out what takes no time, what is to be moved, and what is listed twice', () => {
    const free = at('d', '12:00', '13:00', { busy: false });
    expect(busyStretches([...rows, ...rows, free], { ...QUERY, moving: rows[2] ?? null })).toHaveLength(2);
  });
});
