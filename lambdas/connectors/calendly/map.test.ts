import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentSchema } from '../../core/model/appointment.ts';
import { contactSchema } from '../../core/model/contact.ts';
import { serviceSchema } from '../../core/model/service.ts';
import { contactRow, eventRow, eventTypeRow, inviteeRow, ORGANIZATION, USER } from './fixtures/answers.ts';
import { toAppointmentRecord, toContactRecord, toServiceRecord } from './map.ts';
import { eventSchema, eventTypeSchema, inviteeSchema, contactSchema as theirContact } from './schemas.ts';

type Members = Readonly<Record<string, unknown>>;
const START = '2026-12-03T15:00:00.000000Z';

const contact = (members: Members) => toContactRecord(theirContact.parse(contactRow('C1', members)), 'GB');
const service = (members: Members, whose: Parameters<typeof toServiceRecord>[1] = { organization: ORGANIZATION }) =>
  toServiceRecord(eventTypeSchema.parse(eventTypeRow('T1', members)), whose).data;
const appointment = (event: Members, invitees: readonly Members[] = [{}], timeZone = 'Europe/London', at = START) =>
  toAppointmentRecord(
    eventSchema.parse(eventRow('E1', at, event)),
    invitees.map((members) => inviteeSchema.parse(inviteeRow('E1', members))),
    { defaultCountry: 'GB', timeZone },
  );

describe('a contact', () => {
  test('has its main address first, each address once, and numbers in E.164', () => {
    const { data, updatedAt } = contact({
      emails: [
        { email: 'Old@Work.example', is_primary: false },
        { email: 'ada@mailbox.example', is_primary: true },
        { email: 'ADA@mailbox.example', is_primary: false },
      ],
      phone_numbers: [{ phone_number: '020 7946 0018' }, { phone_number: '+1 415-555-0132' }],
    });
    expect(data.emails).toEqual(['ada@mailbox.example', 'old@work.example']);
    expect(data.phones.map(({ e164 }) => e164)).toEqual(['+442079460018', '+14155550132']);
    expect(updatedAt).toBe('2026-11-20T09:12:00.000Z');
  });

  test.each([
    ['one word', 'Cher'],
    ['emoji', 'Zoë 🌸 👩‍👧'],
    ['200 characters', 'W'.repeat(200)],
  ])('keeps a name of %s as it is, and splits none', (_what, name) => {
    expect(contact({ name }).data).toMatchObject({ displayName: name, firstName: null, lastName: null });
  });

  test('without a name or a number that can be understood is kept all the same', () => {
    const { data } = contact({
      name: null,
      company: 'Acre Homes',
      phone_numbers: [{ phone_number: 'ask at reception' }],
    });
    expect(data).toMatchObject({ displayName: 'Acre Homes', phones: [{ e164: null, raw: 'ask at reception' }] });
    const bare = theirContact.parse({ uri: 'https://api.calendly.com/contacts/C9', updated_at: START });
    expect(contactSchema.parse(toContactRecord(bare, undefined).data)).toMatchObject({ emails: [], phones: [] });
  });
});

describe('an event type', () => {
  test('is a service of its host', () => {
    expect(service({})).toMatchObject({
      name: 'Haircut',
      durationMinutes: 45,
      staffIds: ['USER1'],
      bookable: true,
      capacity: 1,
    });
    expect(serviceSchema.parse(service({}))).toEqual(service({}));
  });

  test.each([{ active: false }, { secret: true }, { is_paid: true }, { booking_method: 'poll' }])(
    'is not to be booked by callers with %j',
    (members) => expect(service(members).bookable).toBe(false),
  );

  test("of a team is bookable in the organization's view, not in one user's", () => {
    const team = { profile: { type: 'Team', name: 'Salon', owner: 'https://api.calendly.com/teams/T' } };
    expect(service(team)).toMatchObject({ bookable: true, staffIds: null });
    expect(service(team, { user: USER }).bookable).toBe(false);
    expect(service({}, { user: USER }).bookable).toBe(true);
    expect(service({}, { user: 'https://api.calendly.com/users/OTHER' }).bookable).toBe(false);
  });
});

describe('an event', () => {
  test('is an appointment with whom, with what and where', () => {
    const { data } = appointment({}, [
      { questions_and_answers: [{ question: 'Allergies?', answer: 'none', position: 0 }] },
    ]);
    expect(data).toMatchObject({
      id: 'E1',
      status: 'confirmed',
      start: '2026-12-03T15:00:00+00:00',
      end: '2026-12-03T15:45:00+00:00',
      busy: true,
      notes: 'Allergies?: none',
      services: [{ id: 'TYPE1', name: 'Haircut' }],
      staff: [{ id: 'USER1', name: 'Mara Lindqvist' }],
      customers: [{ id: null, name: 'Ada Nightingale', email: 'ada@mailbox.example', phone: '+442079460018' }],
      location: { id: null, name: '12 Mill Lane' },
      capacity: null,
    });
    expect(appointmentSchema.parse(data)).toEqual(data);
  });

  test.each([
    ['Europe/London', '2026-03-29T00:30:00Z', '2026-03-29T00:30:00+00:00', '2026-03-29T02:15:00+01:00'],
    ['Europe/London', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00+01:00', '2026-10-25T01:15:00+00:00'],
    ['America/New_York', '2026-03-08T06:30:00Z', '2026-03-08T01:30:00-05:00', '2026-03-08T03:15:00-04:00'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00-04:00', '2026-11-01T01:15:00-05:00'],
    ['Australia/Lord_Howe', '2026-04-04T14:30:00Z', '2026-04-05T01:30:00+11:00', '2026-04-05T01:45:00+10:30'],
    ['Australia/Lord_Howe', '2026-10-03T15:00:00Z', '2026-10-04T01:30:00+10:30', '2026-10-04T02:45:00+11:00'],
  ])('across a change of clocks in %s from %s', (zone, at, start, end) => {
    expect(appointment({}, [{}], zone, at).data).toMatchObject({ start, end, timeZone: zone });
  });

  test('that is cancelled takes no time, and still says whose it was', () => {
    const { data } = appointment({ status: 'canceled' }, [{ status: 'canceled', rescheduled: true }]);
    expect(data).toMatchObject({ status: 'cancelled', busy: false, customers: [{ email: 'ada@mailbox.example' }] });
  });

  test('of a group goes on without those who have left', () => {
    const left = { email: 'otto@mailbox.example', status: 'canceled', updated_at: '2026-11-21T10:00:00.5Z' };
    const { data, updatedAt } = appointment({ invitees_counter: { total: 2, active: 1, limit: 8 } }, [{}, left]);
    expect(data.customers.map(({ email }) => email)).toEqual(['ada@mailbox.example']);
    expect(data.capacity).toEqual({ total: 8, taken: 1 });
    expect(updatedAt).toBe('2026-11-21T10:00:00.500Z');
  });

  test('to which nobody came is a no-show; to which somebody did is not', () => {
    const absent = { no_show: { uri: 'https://api.calendly.com/invitee_no_shows/N', created_at: START } };
    expect(appointment({}, [absent]).data.status).toBe('no_show');
    expect(appointment({}, [absent, {}]).data.status).toBe('confirmed');
    expect(appointment({}, []).data).toMatchObject({ status: 'confirmed', customers: [] });
  });

  test.each([
    ['reminders', { text_reminder_number: '07400 123456' }, {}],
    ['an answer', { questions_and_answers: [{ question: 'Mobile?', answer: '07400 123456', position: 0 }] }, {}],
    ['the call', {}, { location: { type: 'outbound_call', location: '+44 7400 123456' } }],
  ])('knows the customer by the number for %s', (_what, invitee, event) => {
    const { data } = appointment(event, [{ text_reminder_number: null, ...invitee }]);
    expect(data.customers[0]?.phone).toBe('+447400123456');
    if ('location' in event) expect(data.location).toBeNull();
  });

  test.each([
    [null],
    [{ type: 'zoom_conference', status: 'pushed', join_url: 'https://video.example/room', data: {} }],
    [{ type: 'physical', location: { odd: true } }],
  ])('takes place nowhere in particular with the location %j', (location) => {
    expect(appointment({ location }).data.location).toBeNull();
  });

  test('keeps the links by which it could be cancelled to itself', () => {
    expect(JSON.stringify(appointment({}))).not.toContain('CANCEL');
  });

  test('is mapped to the same instants in every zone, with any text in it', () => {
    const zones = fc.constantFrom('UTC', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    const times = fc.date({ min: new Date('2026-01-01'), max: new Date('2028-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(zones, times, fc.string(), fc.string(), (zone, time, name, answer) => {
        const answers = [{ question: name, answer, position: 0 }];
        const invitee = { name, text_reminder_number: answer, questions_and_answers: answers };
        const { data } = appointment({ name }, [invitee], zone, time.toISOString());
        expect(appointmentSchema.parse(data)).toEqual(data);
        expect(Math.floor(Date.parse(data.start) / 1000)).toBe(Math.floor(time.getTime() / 1000));
      }),
    );
  });
});
