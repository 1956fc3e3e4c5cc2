/** Shape of a stored mirror record, and what stands between a stored one and the one the domain sees. */
import * as z from 'zod';
import { appointmentSchema } from '../core/model/appointment.ts';
import { contactSchema } from '../core/model/contact.ts';
import { dealSchema } from '../core/model/deal.ts';
import type { MirrorRecord, NormalizedRecord } from '../core/model/mirror-record.ts';
import type { Resource } from '../core/model/resource.ts';
import { serviceSchema } from '../core/model/service.ts';
import { staffMemberSchema } from '../core/model/staff-member.ts';
import type { IntegrationScope, KnownRecord } from '../core/ports.ts';
import { jsonSchema, jsonTextOf, toJsonText } from './stored-json.ts';
import { recordKey } from './table-keys.ts';

/** DynamoDB takes 400 KB; the rest is room for keys and attribute names. */
const MAX_DOCUMENT_BYTES = 380 * 1024;
const TRUNCATED_SOURCE = toJsonText({ truncated: true });

/**
 * Look-up keys whose pointers may still be there although the record no longer carries them. A record that has any
 * is unfinished: its hash must not count, so that the next sync writes it again and clears them away.
 */
const staleKeysSchema = z.set(z.string()).optional();

const bookkeepingSchema = z.object({
  id: z.string(),
  hash: z.string(),
  keys: z.array(z.string()),
  updatedAt: z.string().optional(),
  mirroredAt: z.string(),
  staleKeys: staleKeysSchema,
});
export const BOOKKEEPING_PROJECTION = {
  ProjectionExpression: '#id, #hash, #keys, updatedAt, mirroredAt, staleKeys',
  ExpressionAttributeNames: { '#id': 'id', '#hash': 'hash', '#keys': 'keys' },
};

/** What `remove` leaves in a record's place until its pointers are gone has no `data`. */
const recordSchema = z.object({
  ...bookkeepingSchema.shape,
  data: z.string(),
  source: jsonTextOf(jsonSchema),
});

const pointersOfRecordSchema = z.object({ keys: z.array(z.string()), staleKeys: staleKeysSchema });

const personSchema = jsonTextOf(contactSchema);
const saleSchema = jsonTextOf(dealSchema);
const timeSchema = jsonTextOf(appointmentSchema);

const DATA_SCHEMAS: Readonly<Record<Resource, z.ZodType<NormalizedRecord>>> = {
  contacts: personSchema,
  customers: personSchema,
  clients: personSchema,
  deals: saleSchema,
  opportunities: saleSchema,
  appointments: timeSchema,
  classes: timeSchema,
  services: jsonTextOf(serviceSchema),
  staff: jsonTextOf(staffMemberSchema),
};

/** Everything but the key. Absent members (`undefined`) are not stored. */
export function attributesOf(record: MirrorRecord) {
  const data = toJsonText(record.data);
  const source = toJsonText(record.source);
  const fits = Buffer.byteLength(data) + Buffer.byteLength(source) <= MAX_DOCUMENT_BYTES;
  return {
    id: record.id,
    hash: record.hash,
    keys: record.keys,
    updatedAt: record.updatedAt ?? undefined,
    changedAt: changedAt(record),
    mirroredAt: record.mirroredAt,
    data,
    source: fits ? source : TRUNCATED_SOURCE,
  };
}

/** `updatedAt` as a number: ISO texts of one instant differ in precision and offset, and do not compare. */
export function changedAt(record: MirrorRecord): number | undefined {
  const instant = record.updatedAt === null ? Number.NaN : Date.parse(record.updatedAt);
  return Number.isNaN(instant) ? undefined : instant;
}

export function itemOf(scope: IntegrationScope, record: MirrorRecord) {
  return { ...recordKey(scope, record.resource, record.id), ...attributesOf(record) };
}

/** Stands in for a record whose pointers are being deleted: invisible to look-ups, but still in the outline. */
export function tombstoneOf(
  scope: IntegrationScope,
  resource: Resource,
  stone: { id: string; staleKeys: ReadonlySet<string>; mirroredAt: string },
) {
  return {
    ...recordKey(scope, resource, stone.id),
    id: stone.id,
    hash: '',
    keys: [],
    mirroredAt: stone.mirroredAt,
    ...(stone.staleKeys.size > 0 && { staleKeys: new Set(stone.staleKeys) }),
  };
}

/** Null when this version of the hub cannot read the item; the record is then as good as absent. */
export function recordOf(resource: Resource, item: unknown): MirrorRecord | null {
  const stored = recordSchema.safeParse(item);
  if (!stored.success) return null;
  const data = DATA_SCHEMAS[resource].safeParse(stored.data.data);
  if (!data.success) return null;
  const { id, hash, keys, updatedAt, mirroredAt, source } = stored.data;
  return { resource, id, data: data.data, source, updatedAt: updatedAt ?? null, hash, keys, mirroredAt };
}

export interface Bookkeeping extends KnownRecord {
  readonly id: string;
  readonly mirroredAt: string;
  readonly staleKeys: ReadonlySet<string>;
}

export function bookkeepingOf(item: unknown): Bookkeeping | null {
  const stored = bookkeepingSchema.safeParse(item);
  if (!stored.success) return null;
  const { staleKeys, updatedAt, ...rest } = stored.data;
  return { ...rest, updatedAt: updatedAt ?? null, staleKeys: staleKeys ?? new Set() };
}

/** Every key that the stored item has, or may still have, a pointer for. */
export function pointedKeysOf(item: unknown): { keys: readonly string[]; staleKeys: ReadonlySet<string> } {
  const stored = pointersOfRecordSchema.safeParse(item);
  if (!stored.success) return { keys: [], staleKeys: new Set() };
  return { keys: stored.data.keys, staleKeys: stored.data.staleKeys ?? new Set() };
}
