import { liesWithin } from '../booking/appointment-keys.ts';
import { HubError } from '../errors.ts';
import type { ResourceProgress } from '../model/sync-run.ts';
import type { Clock, MirrorStore } from '../ports.ts';
import { CompactIdSet } from './compact-id-set.ts';
import { checkDeletionBrake } from './deletion-brake.ts';
import { applyPage } from './mirror-writer.ts';
import { addCounts, NO_COUNTS } from './resource-counts.ts';
import type { ResourceSyncRequest } from './resource-sync.ts';

type Ports = { readonly mirror: MirrorStore; readonly clock: Clock };
type Unseen = { readonly id: string; readonly keys: readonly string[] };

/** So many records are asked for by id at once; what a provider takes in one request is rarely documented. */
const ASKED_AT_ONCE = 25;
const REMOVED_AT_ONCE = 100;

/**
 * Removes what a complete pull did not see: hard deletions, merges, erasures that no feed reports. Where the pull
 * listed a stretch of time only, nothing outside it is touched, and what was missing from it is asked for by id first.
 */
export async function sweep(
  ports: Ports,
  request: ResourceSyncRequest,
  pulled: ResourceProgress,
): Promise<ResourceProgress | 'parked'> {
  if (pulled.mode === 'incremental' && pulled.covers === null) {
    throw new HubError('internal', { detail: `The ${request.resource} feed did not say which time it covers.` });
  }
  const { unseen, total } = await findUnseen(ports, request, pulled);
  const asked = await keepMoved(ports, request, pulled, unseen);
  if (asked === 'parked') return 'parked';
  const { progress, gone } = asked;
  checkDeletionBrake({
    resource: request.resource,
    deletions: gone.length,
    total,
    percent: request.session.config.deletionBrakePercent,
    confirmed: request.deletionsConfirmed,
  });
  for (let removed = 0; removed < gone.length; removed += REMOVED_AT_ONCE) {
    if (request.mustPark()) {
      await request.checkpoint(withDeleted(progress, removed), []);
      return 'parked';
    }
    await request.keepLease();
    await ports.mirror.remove(request.scope, request.resource, gone.slice(removed, removed + REMOVED_AT_ONCE));
  }
  return withDeleted(progress, gone.length);
}

async function findUnseen(
  { mirror }: Ports,
  { scope, runId, resource, until }: ResourceSyncRequest,
  { covers }: ResourceProgress,
): Promise<{ unseen: Unseen[]; total: number }> {
  const seen = new CompactIdSet();
  for await (const ids of mirror.seen(scope, runId, resource)) for (const id of ids) seen.add(id);
  let total = 0;
  const unseen: Unseen[] = [];
  for await (const outline of mirror.outline(scope, resource)) {
    total += outline.length;
    for (const { id, keys, mirroredAt } of outline) {
      // What was written after the run began (by a live call) may be too new for the pull to have seen.
      if (mirroredAt >= until || seen.has(id)) continue;
      if (covers === null || liesWithin(keys, covers)) unseen.push({ id, keys });
    }
  }
  return { unseen, total };
}

/**
 * An appointment that was moved out of the window, or from a part of it that was not listed yet into one that was, is
 * missing as well: such records are brought into the mirror as they are now, and only the others are gone.
 */
async function keepMoved(
  ports: Ports,
  request: ResourceSyncRequest,
  pulled: ResourceProgress,
  unseen: readonly Unseen[],
): Promise<{ progress: ResourceProgress; gone: readonly Unseen[] } | 'parked'> {
  const { scope, runId, resource, connector, session } = request;
  if (pulled.covers === null || !connector.findMoved) return { progress: pulled, gone: unseen };
  let progress = pulled;
  const gone: Unseen[] = [];
  for (let first = 0; first < unseen.length; first += ASKED_AT_ONCE) {
    if (request.mustPark()) return 'parked';
    const some = unseen.slice(first, first + ASKED_AT_ONCE);
    const ids = some.map(({ id }) => id);
    const { records, rejected } = await connector.findMoved(session, resource, ids);
    await request.keepLease();
    const found = new Set([...records, ...rejected].map(({ id }) => id));
    gone.push(...some.filter(({ id }) => !found.has(id)));
    if (found.size === 0) continue;
    const effect = await applyPage(ports, scope, resource, { records, deletedIds: [] }, () => undefined);
    // Seen, so that a run which is interrupted here does not ask for them again.
    await ports.mirror.noteSeen(scope, runId, resource, progress.counts.pages, [...found]);
    const counts = { ...NO_COUNTS, ...effect, seen: found.size, rejected: rejected.length, pages: 1 };
    progress = { ...progress, counts: addCounts(progress.counts, counts) };
    await request.checkpoint(
      progress,
      rejected.map((rejection) => ({ resource, ...rejection })),
    );
  }
  return { progress, gone };
}

function withDeleted(progress: ResourceProgress, deleted: number): ResourceProgress {
  return { ...progress, counts: addCounts(progress.counts, { ...NO_COUNTS, deleted }) };
}
