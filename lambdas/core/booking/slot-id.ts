/** Slots and appointments as the API names them: everything that is needed to go on, in one opaque text. */
import * as z from 'zod';
import { notFound, validationFailed } from '../errors.ts';
import type { Slot } from '../model/availability.ts';
import type { Json } from '../model/mirror-record.ts';
import { zonedInstantSchema } from '../model/zoned-instant.ts';
import { isTimeZone } from '../time/time-zone.ts';

const SLOT = 'slot_';
const APPOINTMENT = 'apt_';
const INTEGRATION = 'int_';

const integrationSchema = z.string().regex(/^[0-9a-f]{32}$/);
/** Any zone that the runtime knows: calendars have zones that the settings would not take, GMT for one. */
const timeZone = z.string().max(64).refine(isTimeZone);
const nullableId = z.string().max(1024).nullable();
const json: z.ZodType<Json> = z.json();

/** Version, integration, start, end, zone, service, staff, location, token. */
const slotSchema = z.tuple([
  z.literal(1),
  integrationSchema,
  zonedInstantSchema,
  zonedInstantSchema,
  timeZone,
  nullableId,
  nullableId,
  nullableId,
  json,
]);
const appointmentSchema = z.tuple([integrationSchema, z.string().min(1).max(1024)]);

/**
 * The id of a slot. It is no secret and no promise: whoever books it is checked as if they had typed it in, by the
 * provider or against the calendar.
 */
export function slotIdOf(integrationId: string, slot: Slot): string {
  const { start, end, timeZone, serviceId, staffId, locationId, token } = slot;
  return (
    SLOT +
    encode([1, integrationId.slice(INTEGRATION.length), start, end, timeZone, serviceId, staffId, locationId, token])
  );
}

/** Throws `validation_failed` for what is no slot id. */
export function readSlotId(slotId: string): { integrationId: string; slot: Slot } {
  const parsed = slotSchema.safeParse(slotId.startsWith(SLOT) ? decode(slotId.slice(SLOT.length)) : undefined);
  if (!parsed.success || Date.parse(parsed.data[3]) <= Date.parse(parsed.data[2])) {
    throw validationFailed('slotId', 'is not the id of a slot; take one from the availability answer');
  }
  const [, integration, start, end, timeZone, serviceId, staffId, locationId, token] = parsed.data;
  return {
    integrationId: INTEGRATION + integration,
    slot: { start, end, timeZone, serviceId, staffId, locationId, token },
  };
}

export function appointmentIdOf(integrationId: string, recordId: string): string {
  return APPOINTMENT + encode([integrationId.slice(INTEGRATION.length), recordId]);
}

/** Throws `not_found` for what is no appointment id: nothing can have that name. */
export function readAppointmentId(appointmentId: string): { integrationId: string; recordId: string } {
  const text = appointmentId.startsWith(APPOINTMENT) ? decode(appointmentId.slice(APPOINTMENT.length)) : undefined;
  const parsed = appointmentSchema.safeParse(text);
  if (!parsed.success) throw notFound('The appointment', 'appointmentId');
  const [integration, recordId] = parsed.data;
  return { integrationId: INTEGRATION + integration, recordId };
}

function encode(parts: readonly Json[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    // The schema says what is wrong with it.
    return undefined;
  }
}
