/** Which series the mirror holds occurrences of. */
import { shortHash } from '../kit/digests.ts';
import { isCancelled } from './map.ts';
import type { GoogleEvent } from './schemas.ts';

/** Series of one calendar, each as a short hash; null: too many to remember. */
export type KnownSeries = readonly string[] | null;

/** Of all calendars together: a feed state must stay small enough to be stored. */
const MOST = 4_000;

/** An occurrence's own id: the series' and the time at which it was to begin. */
const OCCURRENCE_ID = /_\d{8}(T\d{6}Z)?$/;

/** @param calendars how many share the room. */
export function rememberSeries(
  events: readonly GoogleEvent[],
  calendars: number,
  known: KnownSeries = [],
): KnownSeries {
  if (known === null) return null;
  const all = new Set([...known, ...events.flatMap(({ recurringEventId: id }) => (id ? [shortHash(id)] : []))]);
  return all.size * calendars > MOST ? null : [...all];
}

/**
 * Whether occurrences may have vanished without a word. "Synchronize resources efficiently" does not say whether each
 * occurrence of a series that ends, moves or becomes a single event is reported as cancelled, or only the series; a
 * full pull is right either way. It is asked for when a series that the mirror knows is itself cancelled or single now,
 * or shows up with several occurrences: then the series was changed, and not one occurrence.
 *
 * @param once series that have shown up with one occurrence on earlier pages of this pull.
 */
export function seriesChanged(
  events: readonly GoogleEvent[],
  once: readonly string[],
  known: KnownSeries = [],
): { changed: boolean; once: string[] } {
  const isKnown = (hash: string) => known === null || known.includes(hash);
  const seen = new Set(once);
  let changed = false;
  for (const event of events) {
    if (!event.recurringEventId) {
      // Where too many series are known, any cancelled event may have been one of them.
      changed ||= known?.includes(shortHash(event.id)) ?? (isCancelled(event) && !OCCURRENCE_ID.test(event.id));
    } else if (!isCancelled(event)) {
      const hash = shortHash(event.recurringEventId);
      changed ||= isKnown(hash) && seen.has(hash);
      seen.add(hash);
    }
  }
  return { changed, once: [...seen].filter(isKnown) };
}
