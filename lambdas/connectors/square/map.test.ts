import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentSchema } from '../../core/model/appointment.ts';
import { serviceSchema } from '../../core/model/service.ts';
import { bookingRow, customerRow, itemRow, LOCATION, segmentRow, staffRow, variationRow } from './fixtures/rows.ts';
import { toAppointmentRecord, toCustomerRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { bookingSchema, customerSchema, itemSchema, staffProfileSchema, variationSchema } from './schemas.ts';

const place = { name: LOCATION.name, timeZone: 'Europe/London' };
const appointment = (members: object, zone = 'Europe/London') =>
  toAppointmentRecord(bookingSchema.parse(bookingRow('bk1', { ...members })), { ...place, timeZone: zone }).data;
const customer = (members: object, country: string | undefined = 'GB') =>
  toCustomerRecord(customerSchema.parse(customerRow('C1', { ...members })), country).data;
const service = (data: object, members: object = {}, item: object = itemRow('I1', 'Haircut', [{}])) =>
  toServiceRecord(
    itemSchema.parse(item),
    variationSchema.parse(variationRow('V1', { ...data }, { ...members })),
    LOCATION.id,
  ).data;

describe('a customer', () => {
  test('is a contact in the hub’s terms', () => {
    const record = toCustomerRecord(customerSchema.parse(customerRow('C1', { note: 'secret' })), 'GB');
    expect(record).toMatchObject({ resource: 'customers', id: 'C1', updatedAt: '2026-11-20T09:15:02.000Z' });
    expect(record.data).toMatchObject({
      displayName: 'Ada Nightingale',
      emails: ['ada@mailbox.example'],
      phones: [{ e164: '+442079460018', raw: '+442079460018', kind: 'landline' }],
      createdAt: '2026-01-05T10:00:00.120Z',
    });
    expect(JSON.stringify(record.source)).not.toContain('secret');
  });

  test.each([
    [{ given_name: 'Cher', family_name: null }, 'Cher'],
    [{ given_name: 'Zoë 🌸', family_name: '👩‍👧 Quinn' }, 'Zoë 🌸 👩‍👧 Quinn'],
    [{ given_name: 'W'.repeat(200), family_name: 'Long' }, `${'W'.repeat(200)} Long`],
    [{ given_name: ' ', family_name: null, nickname: 'Bee' }, 'Bee'],
    [{ given_name: null, family_name: null, company_name: 'Acre Homes' }, 'Acre Homes'],
    [{ given_name: null, family_name: null }, 'Unknown'],
  ])('%j is shown as %s, and nothing is made up', (members, displayName) => {
    const { firstName, lastName, ...data } = customer(members);
    expect(data.displayName).toBe(displayName);
    expect([firstName, lastName]).toEqual([members.given_name?.trim() || null, members.family_name]);
  });

  test.each([
    ['020 7946 0018', 'GB', '+442079460018'],
    ['020 7946 0018', undefined, null],
    ['(206) 555-0133', 'US', '+12065550133'],
    ['+1 (206) 555-0133', 'GB', '+12065550133'],
    ['call reception first', 'GB', null],
  ])('with the number %s, read in %s, is called at %s', (raw, country, e164) => {
    const { phones } = toCustomerRecord(customerSchema.parse(customerRow('C1', { phone_number: raw })), country).data;
    expect(phones).toMatchObject([{ raw, e164 }]);
  });
});

describe('a booking', () => {
  test('is an appointment in the zone of its location', () => {
    expect(appointment({})).toEqual({
      id: 'bk1',
      status: 'confirmed',
      start: '2026-12-02T15:00:00+00:00',
      end: '2026-12-02T15:45:00+00:00',
      timeZone: 'Europe/London',
      allDay: false,
      busy: true,
      title: null,
      notes: 'left side entrance',
      services: [{ id: 'VCUTSHORT', name: null }],
      staff: [{ id: 'TMADA', name: null }],
      customers: [{ id: 'CADA', name: null, email: null, phone: null }],
      location: { id: LOCATION.id, name: LOCATION.name },
      price: null,
      capacity: null,
      seriesId: null,
      version: '3',
      createdAt: '2026-11-20T08:11:04.000Z',
      updatedAt: '2026-11-20T08:11:04.000Z',
    });
  });

  test.each([
    ['PENDING', 'pending', true],
    ['ACCEPTED', 'confirmed', true],
    ['DECLINED', 'declined', false],
    ['CANCELLED_BY_CUSTOMER', 'cancelled', false],
    ['CANCELLED_BY_SELLER', 'cancelled', false],
    ['NO_SHOW', 'no_show', true],
  ])('that is %s is %s, and takes time: %s', (status, expected, busy) => {
    expect(appointment({ status })).toMatchObject({ status: expected, busy });
  });

  test('of the past that was accepted is not called completed: Square does not say so', () => {
    expect(appointment({ start_at: '2020-01-01T10:00:00Z' }).status).toBe('confirmed');
  });

  test.each([
    // The nights on which clocks change: one hour is missing, or comes twice.
    ['Europe/London', '2026-03-29T00:30:00Z', '2026-03-29T00:30:00+00:00', '2026-03-29T02:30:00+01:00'],
    ['Europe/London', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00+01:00', '2026-10-25T01:30:00+00:00'],
    ['America/New_York', '2026-03-08T06:30:00Z', '2026-03-08T01:30:00-05:00', '2026-03-08T03:30:00-04:00'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00'],
    ['Australia/Lord_Howe', '2026-04-04T14:30:00Z', '2026-04-05T01:30:00+11:00', '2026-04-05T02:00:00+10:30'],
    ['Australia/Lord_Howe', '2026-10-03T15:00:00Z', '2026-10-04T01:30:00+10:30', '2026-10-04T03:00:00+11:00'],
  ])('of an hour in %s at %s', (zone, startAt, start, end) => {
    const hour = [segmentRow({ duration_minutes: 60 })];
    expect(appointment({ start_at: startAt, appointment_segments: hour }, zone)).toMatchObject({ start, end });
  });

  test('lasts as long as its segments and the pauses between them', () => {
    const appointment_segments = [
      segmentRow({ duration_minutes: 90, intermission_minutes: 15 }),
      segmentRow({ duration_minutes: 30, team_member_id: 'TMBEN', service_variation_id: 'VDRY' }),
      segmentRow({ duration_minutes: 10 }),
    ];
    expect(appointment({ appointment_segments })).toMatchObject({
      end: '2026-12-02T17:25:00+00:00',
      services: [{ id: 'VCUTSHORT' }, { id: 'VDRY' }],
      staff: [{ id: 'TMADA' }, { id: 'TMBEN' }],
    });
  });

  test('from the dashboard may lack customer, service, length and version', () => {
    const bare = { customer_id: null, customer_note: '', version: undefined };
    expect(appointment({ ...bare, appointment_segments: [{ team_member_id: 'TMADA' }] })).toMatchObject({
      customers: [],
      services: [],
      staff: [{ id: 'TMADA', name: null }],
      end: '2026-12-02T15:00:00+00:00',
      notes: null,
      version: null,
    });
    expect(appointment({ appointment_segments: null, location_id: null })).toMatchObject({ staff: [], location: null });
  });

  test('of a whole business day without a length lasts until midnight, also when the clocks change', () => {
    const all = { all_day: true, appointment_segments: [{ team_member_id: 'TMADA' }] };
    expect(appointment({ ...all, start_at: '2026-03-29T00:00:00Z' })).toMatchObject({
      allDay: false,
      start: '2026-03-29T00:00:00+00:00',
      end: '2026-03-30T00:00:00+01:00',
    });
  });

  test('whatever it holds, is sound and never ends before it begins', () => {
    const minutes = fc.option(fc.integer({ min: 0, max: 1500 }));
    const segments = fc.array(
      fc.record({
        team_member_id: fc.string({ minLength: 1, maxLength: 32 }),
        duration_minutes: minutes,
        intermission_minutes: minutes,
        service_variation_id: fc.option(fc.string()),
        service_variation_version: fc.option(fc.maxSafeNat()),
      }),
    );
    const zone = fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    const when = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(segments, zone, when, fc.boolean(), (appointment_segments, timeZone, start, all_day) => {
        const start_at = start.toISOString();
        const data = appointment({ appointment_segments, start_at, all_day }, timeZone);
        expect(appointmentSchema.parse(data)).toEqual(data);
        expect(Math.floor(Date.parse(start_at) / 1000)).toBe(Date.parse(data.start) / 1000);
        expect(Date.parse(data.end)).toBeGreaterThanOrEqual(Date.parse(data.start));
      }),
    );
  });
});

describe('a variation of an item', () => {
  test('is a service', () => {
    expect(service({})).toEqual({
      id: 'V1',
      name: 'Haircut',
      description: null,
      durationMinutes: 45,
      bufferBeforeMinutes: 0,
      bufferAfterMinutes: 0,
      price: { amount: '38.50', currency: 'GBP' },
      staffIds: ['TMADA', 'TMBEN'],
      bookable: true,
      capacity: null,
      createdAt: null,
      updatedAt: '2026-10-02T08:00:00.500Z',
    });
  });

  test.each([
    [{ name: 'Long' }, [{}, {}], 'Haircut – Long'],
    [{ name: 'Long' }, [{}], 'Haircut – Long'],
    [{ name: 'Regular' }, [{}], 'Haircut'],
    [{ name: 'Regular' }, [{}, {}], 'Haircut – Regular'],
    [{ name: 'Haircut' }, [{}, {}], 'Haircut'],
    [{ name: null }, [{}, {}], 'Haircut'],
  ])('named %j among %j is called %3$s', (data, variations, name) => {
    expect(service(data, {}, itemRow('I1', 'Haircut', variations)).name).toBe(name);
  });

  test.each([
    [{ price_money: { amount: 5, currency: 'GBP' } }, { amount: '0.05', currency: 'GBP' }],
    [{ price_money: { amount: 0, currency: 'USD' } }, { amount: '0.00', currency: 'USD' }],
    [{ price_money: { amount: 4500, currency: 'JPY' } }, { amount: '4500', currency: 'JPY' }],
    [{ price_money: { amount: 12345, currency: 'KWD' } }, { amount: '12.345', currency: 'KWD' }],
    [{ pricing_type: 'VARIABLE_PRICING', price_money: null }, null],
    [{ price_money: { currency: 'GBP' } }, null],
    [
      { location_overrides: [{ location_id: LOCATION.id, price_money: { amount: 4000, currency: 'GBP' } }] },
      { amount: '40.00', currency: 'GBP' },
    ],
  ])('with %j costs %j', (data, price) => {
    expect(service(data).price).toEqual(price);
  });

  test.each([
    [{ available_for_booking: false }, {}, {}],
    [{}, { is_deleted: true }, {}],
    [{}, {}, { is_archived: true }],
    [{}, { absent_at_location_ids: [LOCATION.id] }, {}],
    [{}, { present_at_all_locations: false, present_at_location_ids: ['L-OTHER'] }, {}],
    [{}, { present_at_all_locations: false }, {}],
  ])('with %j %j %j cannot be booked', (data, members, item) => {
    expect(service(data, members, itemRow('I1', 'Haircut', [{}], { ...item })).bookable).toBe(false);
  });

  test('offered at the place of booking only can be booked', () => {
    const here = { present_at_all_locations: false, present_at_location_ids: [LOCATION.id] };
    expect(service({ service_duration: null, team_member_ids: null }, here)).toMatchObject({
      bookable: true,
      durationMinutes: null,
      staffIds: null,
    });
  });

  test('has its price to the penny, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (amount) => {
        const { price } = service({ price_money: { amount, currency: 'GBP' } });
        expect(price?.amount).toMatch(/^\d+\.\d\d$/);
        expect(Number(price?.amount.replace('.', ''))).toBe(amount);
        expect(serviceSchema.shape.price.parse(price)).toEqual(price);
      }),
    );
  });
});

test('a booking profile is one of the staff', () => {
  const staff = (row: object) => toStaffRecord(staffProfileSchema.parse(row)).data;
  expect(staff(staffRow('TM1', 'Chloé 🌿'))).toMatchObject({ id: 'TM1', name: 'Chloé 🌿', bookable: true });
  expect(staff(staffRow('TM2', null, false))).toMatchObject({ name: 'Unknown', bookable: false });
  expect(staff({ team_member_id: 'TM3' })).toMatchObject({ bookable: false });
});
