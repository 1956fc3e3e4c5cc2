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
  const endless = Buffer.from(
    JSON.stringify([1, '0a'.repeat(16), '2026-12-03T10:00:00Z', '2026-12-03T10:00:00Z', 'UTC', null, null, null, null]),
  );
  for (const id of ['', 'slot_', 'slot_e30', 'slot_!!!', `slot_${endless.toString('base64url')}`]) {
    expect(() => readSlotId(id)).toThrow(expect.objectContaining({ code: 'validation_failed', field: 'slotId' }));
  }
  fc.assert(
    fc.property(fc.string(), (id) => {
      expect(() => readSlotId(`slot_${id}`)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
      expect(() => readAppointmentId(`apt_${id}`)).toThrow(expect.objectContaining({ code: 'not_found' }));
    }),
  );
});
