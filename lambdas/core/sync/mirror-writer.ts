import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { PullPage } from '../../connectors/connector.ts';
import { appointmentKeys } from '../booking/appointment-keys.ts';
import { contactKeys } from '../contacts/contact-keys.ts';
import type { MirrorRecord, SourceRecord } from '../model/mirror-record.ts';
import { PEOPLE_RESOURCES, type Resource } from '../model/resource.ts';
import type { Clock, IntegrationScope, KnownRecord, MirrorStore, MirrorWrite } from '../ports.ts';

/** What one page did to the mirror. */
export interface PageEffect {
  readonly upserted: number;
  readonly created: number;
  readonly unchanged: number;
  readonly deleted: number;
}

/** Turns what a connector hands over into what the mirror holds. */
export function toMirrorRecord(record: SourceRecord, scope: IntegrationScope, now: number): MirrorRecord {
  const content = stringify({ data: record.data, source: record.source });
  return {
    ...record,
    hash: createHash('sha256')
      .update(content ?? '')
      .digest('base64url'),
    keys: keysOf(record, scope),
    mirroredAt: new Date(now).toISOString(),
  };
}

function keysOf({ resource, data }: SourceRecord, { integrationId }: IntegrationScope): string[] {
  if (PEOPLE_RESOURCES.has(resource)) return contactKeys(data);
  return resource === 'appointments' || resource === 'classes' ? appointmentKeys(data, integrationId) : [];
}

/**
 * Brings one page into the mirror: new and changed records are written, unchanged ones are not, and records that the
 * provider has given up are removed. Applying a page twice is the same as applying it once.
 */
export async function applyPage(
  ports: { readonly mirror: MirrorStore; readonly clock: Clock },
  scope: IntegrationScope,
  resource: Resource,
  page: Pick<PullPage, 'records' | 'deletedIds'>,
  /** Called before anything is deleted; throws to stop the run. */
  brake: (deletions: number) => void,
): Promise<PageEffect> {
  const now = ports.clock.now();
  const records = new Map(page.records.map((record) => [record.id, toMirrorRecord(record, scope, now)]));
  const deletedIds = page.deletedIds.filter((id) => !records.has(id));
  const known = await ports.mirror.known(scope, resource, [...records.keys(), ...deletedIds]);

  const deletions = deletedIds.flatMap((id) => {
    const record = known.get(id);
    return record ? [{ id, keys: record.keys }] : [];
  });
  if (deletions.length > 0) brake(deletions.length);

  const writes = [...records.values()].flatMap((record): MirrorWrite[] => {
    const present = known.get(record.id);
    if (present && !needsWrite(record, present)) return [];
    return [{ record, previousKeys: present?.keys ?? null }];
  });
  if (writes.length > 0) await ports.mirror.write(scope, writes);
  if (deletions.length > 0) await ports.mirror.remove(scope, resource, deletions);
  return {
    upserted: writes.length,
    created: writes.filter((write) => write.previousKeys === null).length,
    unchanged: records.size - writes.length,
    deleted: deletions.length,
  };
}

/** A page fetched before a newer version was written (by a live call, say) must not put the old one back. */
function needsWrite(record: MirrorRecord, present: KnownRecord): boolean {
  if (record.hash === present.hash) return false;
  if (record.updatedAt === null || present.updatedAt === null) return true;
  return Date.parse(record.updatedAt) >= Date.parse(present.updatedAt);
}
