import type { ConnectorSession, IntegrationConnector } from '../../connectors/connector.ts';
import type { Json } from '../model/mirror-record.ts';
import type { Resource } from '../model/resource.ts';
import type { Rejection, ResourceProgress, ResourceWatermark, SyncType } from '../model/sync-run.ts';
import type { Clock, IntegrationScope, Logger, MirrorStore } from '../ports.ts';
import { checkDeletionBrake } from './deletion-brake.ts';
import { applyPage } from './mirror-writer.ts';
import { PageFeed } from './page-feed.ts';
import { addCounts, NO_COUNTS } from './resource-counts.ts';
import { sweep } from './sweep.ts';

export interface ResourceSyncRequest {
  readonly scope: IntegrationScope;
  readonly runId: string;
  readonly resource: Resource;
  readonly connector: IntegrationConnector & Required<Pick<IntegrationConnector, 'syncData'>>;
  readonly session: ConnectorSession;
  /** Where an interrupted run got to, or undefined at the start. */
  readonly progress: ResourceProgress | undefined;
  readonly watermark: ResourceWatermark | undefined;
  /** What the run is meant to be; a resource without a watermark is pulled in full all the same. */
  readonly type: SyncType;
  /** ISO 8601: the run's start. */
  readonly until: string;
  readonly deletionsConfirmed: boolean;
  /** True when the time is nearly up. */
  mustPark(): boolean;
  /** Throws `LeaseLostError` when another worker has taken the run over; called before anything is written. */
  keepLease(): Promise<void>;
  /** Saves the progress; nothing before this call needs to be repeated afterwards. */
  checkpoint(progress: ResourceProgress, rejections: readonly Rejection[]): Promise<void>;
}

export type ResourceSyncResult =
  | { readonly outcome: 'parked' }
  | { readonly outcome: 'done'; readonly progress: ResourceProgress; readonly watermark: ResourceWatermark };

/** Enough that one slow write does not stop the fetching; few enough that memory stays flat. */
const PAGES_AHEAD = 2;

/**
 * Syncs one resource: page by page into the mirror, a checkpoint after each page, and after a full pull the removal of
 * what the provider no longer has. The next page is fetched while the present one is written, so a run takes as long
 * as the provider's pages do. A crash between any two steps repeats work and never skips it.
 */
export async function syncResource(
  ports: { readonly mirror: MirrorStore; readonly clock: Clock; readonly logger: Logger },
  request: ResourceSyncRequest,
): Promise<ResourceSyncResult> {
  let progress = request.progress ?? (await begin(ports, request));
  if (progress.status === 'pulling') {
    const pulled = await pull(ports, request, progress);
    if (pulled === 'parked') return { outcome: 'parked' };
    progress = pulled;
  }
  if (progress.status === 'reconciling') {
    const swept = await sweep(ports, request, progress);
    if (swept === 'parked') return { outcome: 'parked' };
    progress = { ...swept, status: 'done' };
    // Not before that is saved: reconciling again without knowing what was seen would delete everything.
    await request.checkpoint(progress, []);
    await ports.mirror.forgetSeen(request.scope, request.runId, request.resource);
  }
  return { outcome: 'done', progress, watermark: watermarkAfter(request, progress) };
}

async function begin(
  ports: { readonly mirror: MirrorStore },
  { scope, resource, watermark, type, connector }: ResourceSyncRequest,
): Promise<ResourceProgress> {
  if (watermark && type === 'incremental') {
    return start('incremental', connector.manifest.windowed?.includes(resource) ?? false);
  }
  // A first pull into an empty mirror leaves nothing to look for.
  return start('full', watermark !== undefined || !(await isEmpty(ports.mirror, scope, resource)));
}

function start(mode: SyncType, sweep: boolean): ResourceProgress {
  return { status: 'pulling', mode, cursor: null, sweep, covers: null, feedState: null, counts: NO_COUNTS };
}

async function isEmpty(mirror: MirrorStore, scope: IntegrationScope, resource: Resource): Promise<boolean> {
  for await (const page of mirror.outline(scope, resource)) if (page.length > 0) return false;
  return true;
}

async function pull(
  ports: { readonly mirror: MirrorStore; readonly clock: Clock; readonly logger: Logger },
  request: ResourceSyncRequest,
  initial: ResourceProgress,
): Promise<ResourceProgress | 'parked'> {
  const { scope, runId, resource } = request;
  let progress = initial;
  let feed = feedFrom(request, progress);
  for (;;) {
    const page = await feed.next();
    if (request.mustPark()) {
      feed.stop();
      return 'parked';
    }
    if (page.fullRequired) {
      ports.logger.info('resource must be pulled in full', { ...scope, runId, resource });
      feed.stop();
      progress = start('full', true);
      await request.checkpoint(progress, []);
      feed = feedFrom(request, progress);
      continue;
    }
    const position = progress;
    await request.keepLease();

    const ids = page.records.map((record) => record.id);
    // A rejected record exists at the provider, so its older copy in the mirror is not swept away.
    const seenIds = [...ids, ...page.rejected.map((rejection) => rejection.id)];
    const [effect] = await Promise.all([
      applyPage(ports, scope, resource, page, (deletions) => brakePage(request, position, deletions)),
      position.sweep && seenIds.length > 0
        ? ports.mirror.noteSeen(scope, runId, resource, position.counts.pages, seenIds)
        : undefined,
    ]);
    progress = {
      ...position,
      cursor: page.next,
      covers: page.covers ?? position.covers,
      feedState: page.feedState ?? position.feedState,
      status: page.next !== null ? 'pulling' : position.sweep ? 'reconciling' : 'done',
      counts: addCounts(position.counts, {
        ...effect,
        seen: ids.length + page.rejected.length,
        rejected: page.rejected.length,
        pages: 1,
      }),
    };
    await request.checkpoint(
      progress,
      page.rejected.map((rejection) => ({ resource, ...rejection })),
    );
    if (page.next === null) return progress;
  }
}

function feedFrom(request: ResourceSyncRequest, { mode, cursor }: { mode: SyncType; cursor: Json | null }): PageFeed {
  const { connector, session, resource, watermark, until } = request;
  const since =
    mode === 'incremental' && watermark
      ? new Date(Date.parse(watermark.completeUntil) - connector.manifest.overlapMs).toISOString()
      : null;
  const feedState = watermark?.feedState ?? null;
  return new PageFeed(
    (position, announceNext) =>
      connector.syncData(session, { resource, mode, since, until, feedState, cursor: position, announceNext }),
    cursor,
    PAGES_AHEAD,
  );
}

/** Deletions that the provider reports page by page, measured against what the mirror held after the last run. */
function brakePage(request: ResourceSyncRequest, progress: ResourceProgress, deletions: number): void {
  if (!request.watermark) return;
  checkDeletionBrake({
    resource: request.resource,
    deletions: progress.counts.deleted + deletions,
    total: request.watermark.records,
    percent: request.session.config.deletionBrakePercent,
    confirmed: request.deletionsConfirmed,
  });
}

/** The watermark is the run's start, not its end: what changed while it ran is seen again by the next one. */
function watermarkAfter(request: ResourceSyncRequest, progress: ResourceProgress): ResourceWatermark {
  const { created, deleted, seen } = progress.counts;
  const full = progress.mode === 'full';
  const all = full && progress.covers === null;
  return {
    completeUntil: request.until,
    lastFullAt: full ? request.until : (request.watermark?.lastFullAt ?? null),
    feedState: progress.feedState ?? request.watermark?.feedState ?? null,
    records: all ? seen : Math.max(0, (request.watermark?.records ?? 0) + created - deleted),
  };
}
