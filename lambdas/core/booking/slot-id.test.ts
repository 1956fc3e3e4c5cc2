import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentIdOf, readAppointmentId, readSlotId, slotIdOf } from './slot-id.ts';

const INTEGRATION = `int_${'0a'.repeat(16)}`;
const text = fc.option(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), { nil: null });
const slot = fc.record({
  start: fc.constantFrom('2026-12-03T10:00:00-05:00', '2026-12-03T10:00:00Z'),
  end: fc.constant('2026-12-03T18:00:00+02:00'),
  timeZone: fc.constant('America/New_York'),
  serviceId: text,
  staffId: text,
  locationId: text,
  token: fc.oneof(
    fc.constant(null),
    fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { noNullPrototype: true }),
  ),
});

test('a slot comes back as it was, whatever the provider calls things', () => {
  fc.assert(
    fc.property(slot, (one) => {
      expect(readSlotId(slotIdOf(INTEGRATION, one))).toEqual({ integrationId: INTEGRATION, slot: one });
    }),
  );
});

test('an appointment comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), (id) => {
      expect(readAppointmentId(appointmentIdOf(INTEGRATION, id))).toEqual({ integrationId: INTEGRATION, recordId: id });
    }),
  );
});

test('whatever else is typed in is refused, and nothing of it is repeated', () => {
  const encoded = (parts: readonly unknown[]) => `slot_${Buffer.from(JSON.stringify(parts)).toString('base64url')}`;
  const at = '2026-12-03T10:00:00Z';
  const endless = encoded([1, '0a'.repeat(16), at, at, 'UTC', null, null, null, null]);
  for (const id of ['', 'slot_', 'slot_e30', 'slot_!!!', endless]) {
    expect(() => readSlotId(id)).toThrow(expect.objectContaining({ code: 'validation_failed', field: 'slotId' }));
  }
  const whole = [1, '0a'.repeat(16), at, '2026-12-03T11:00:00Z', 'UTC', null, null, null, null];
  expect(readSlotId(encoded(whole)).slot).toMatchObject({ timeZone: 'UTC' });
  for (const [index, part] of [
    [2, '2026-12-03T10:00:00.1234567890Z'],
    [4, ''],
    [4, 'Mars/Olympus'],
    [4, 'Europe/London\r\n'],
  ] as const) {
    expect(() => readSlotId(encoded(whole.with(index, part)))).toThrow(expect.objectContaining({ field: 'slotId' }));
  }
  fc.assert(
    fc.property(fc.string(), (id) => {
      expect(() => readSlotId(`slot_${id}`)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
      expect(() => readAppointmentId(`apt_${id}`)).toThrow(expect.objectContaining({ code: 'not_found' }));
    }),
  );
});
