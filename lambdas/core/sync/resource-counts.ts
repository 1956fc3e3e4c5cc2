import type { ResourceCounts } from '../model/sync-run.ts';

export const NO_COUNTS: ResourceCounts = {
  seen: 0,
  upserted: 0,
  created: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  pages: 0,
};

export function addCounts(a: ResourceCounts, b: ResourceCounts): ResourceCounts {
  return {
    seen: a.seen + b.seen,
    upserted: a.upserted + b.upserted,
    created: a.created + b.created,
    unchanged: a.unchanged + b.unchanged,
    deleted: a.deleted + b.deleted,
    rejected: a.rejected + b.rejected,
    pages: a.pages + b.pages,
  };
}
