import type { Appointment } from './appointment.ts';
import type { Contact } from './contact.ts';
import type { Deal } from './deal.ts';
import type { Resource } from './resource.ts';
import type { Service } from './service.ts';
import type { StaffMember } from './staff-member.ts';

/** JSON as it can be stored in and read back from the mirror. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type NormalizedRecord = Contact | Deal | Appointment | Service | StaffMember;

/** A provider's record as a connector hands it over: our reading of it, with theirs behind it. */
export interface SourceRecord<T extends NormalizedRecord = NormalizedRecord> {
  readonly resource: Resource;
  /** The provider's id, as text; unique within integration and resource. */
  readonly id: string;
  readonly data: T;
  /** The provider's own fields that we asked for. */
  readonly source: Json;
  /** When the provider last changed it (ISO 8601), or null when it does not say. Guards against stale writes. */
  readonly updatedAt: string | null;
}

/** A record as the mirror holds it. */
export interface MirrorRecord<T extends NormalizedRecord = NormalizedRecord> extends SourceRecord<T> {
  /** Hash over data and source: equal hashes mean that nothing needs to be written. */
  readonly hash: string;
  /** Look-up keys (`phone:+44…`, `email:…`) that point at this record. */
  readonly keys: readonly string[];
  /** When the hub wrote it (ISO 8601). */
  readonly mirroredAt: string;
}
