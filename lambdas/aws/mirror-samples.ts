/** For tests: contacts as the sync hands them to the mirror. */
import type { MirrorRecord } from '../core/model/mirror-record.ts';
import type { IntegrationScope, MirrorStore } from '../core/ports.ts';

export function sampleContact(id: string, keys: readonly string[], change: Partial<MirrorRecord> = {}): MirrorRecord {
  return {
    resource: 'contacts',
    id,
    data: {
      id,
      displayName: `Contact ${id}`,
      firstName: null,
      lastName: null,
      emails: [`c${id}@example.com`],
      phones: [{ e164: '+447700900123', raw: '07700 900123', kind: 'mobile' }],
      company: null,
      lifecycleStage: null,
      ownerId: null,
      createdAt: null,
      updatedAt: null,
    },
    source: { properties: { firstname: null, score: 1e21 } },
    updatedAt: null,
    hash: `hash of ${id} with ${keys.join()}`,
    keys,
    mirroredAt: '2026-11-23T00:00:00.000Z',
    ...change,
  };
}

/** What the sync does with a record: look what is there, and write it unless it is unchanged. */
export async function bring(mirror: MirrorStore, scope: IntegrationScope, ...records: MirrorRecord[]): Promise<number> {
  const known = await mirror.known(
    scope,
    'contacts',
    records.map(({ id }) => id),
  );
  const changed = records.filter((record) => known.get(record.id)?.hash !== record.hash);
  return mirror.write(
    scope,
    changed.map((record) => ({ record, previousKeys: known.get(record.id)?.keys ?? null })),
  );
}

export async function idsFor(mirror: MirrorStore, workspaceId: string, key: string): Promise<string[]> {
  return (await mirror.findByKey(workspaceId, key)).map(({ record }) => record.id).sort();
}
