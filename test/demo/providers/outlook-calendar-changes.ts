/** What people do in Outlook between two syncs. */
import type { OutlookControl } from '../../sandbox/outlook-calendar/outlook-control.ts';
import { CALENDARS } from '../../sandbox/outlook-calendar/seed.ts';
import type { EventTruth } from '../../sandbox/outlook-calendar/truth.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

export interface MailboxState {
  /** What the hub mirrors. */
  readonly mirrored: readonly EventTruth[];
  readonly all: readonly EventTruth[];
  /** Ids of events that have been changed already: each is changed once. */
  readonly taken: Set<string>;
}

/** Every kind of change. */
export async function changeMuch(outlook: OutlookControl, { mirrored, all, taken }: MailboxState): Promise<Changes> {
  const takerOf = (events: readonly EventTruth[]) => takerFrom(events, taken);
  const singles = mirrored.filter(({ type, days, isCancelled }) => type === 'singleInstance' && !days && !isCancelled);
  const take = takerOf(singles);
  const soon = takerOf(singles.filter(({ start }) => daysAhead(start) > 1 && daysAhead(start) < 60));
  const later = takerOf(singles.filter(({ start }) => daysAhead(start) > 110));
  const days = takerOf(mirrored.filter((event) => event.days !== null));
  const mirroredIds = new Set(mirrored.map(({ id }) => id));
  const outside = takerOf(all.filter(({ id, calendarId }) => !mirroredIds.has(id) && calendarId === CALENDARS.main));
  const series = seriesOf(mirrored);

  const bulk = singles.slice(-Math.ceil(singles.length / 3)).map(({ id }) => id);
  const { touched } = await outlook.touch(bulk, { location: 'Ground floor' });

  await outlook.edit(take().id, { fields: { subject: 'Colour, Zoë 😀', body: 'Patch test done\nAllergic to PPD' } });
  await outlook.edit(take().id, { fields: { showAs: 'free' } });
  await outlook.edit(take().id, { fields: { sensitivity: 'private' } });
  await outlook.edit(take().id, { fields: { isCancelled: true } });
  const [aBit, ahead, back] = [soon(), soon(), later()];
  await outlook.edit(aBit.id, shifted(aBit, HOUR_MS));
  await outlook.edit(ahead.id, shifted(ahead, 91 * DAY_MS));
  await outlook.edit(back.id, shifted(back, -100 * DAY_MS));
  const leave = days();
  await outlook.edit(leave.id, shifted(leave, 7 * DAY_MS));

  const [changes, leaves] = [soon(), soon()];
  await outlook.edit(changes.id, {
    calendarId: changes.calendarId === CALENDARS.main ? CALENDARS.chair : CALENDARS.main,
  });
  await outlook.edit(leaves.id, { calendarId: CALENDARS.room });
  const out = soon();
  await outlook.edit(out.id, shifted(out, 300 * DAY_MS));
  const [into, untold] = [outside(), outside()];
  await outlook.edit(into.id, shifted(into, Math.ceil(5 - daysAhead(into.start)) * DAY_MS));
  await outlook.edit(untold.id, { fields: { subject: 'Changed where nobody looks' } });

  for (const [index, subject] of ['First visit, Ottoline', 'Facial, Barnaby', 'Check-up, Mónica'].entries()) {
    const start = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS + (3 + index) * DAY_MS);
    const end = new Date(start.getTime() + HOUR_MS / 2);
    const calendarId = index === 0 ? CALENDARS.chair : CALENDARS.main;
    await outlook.create({ calendarId, start: start.toISOString(), end: end.toISOString(), fields: { subject } });
  }
  for (let deleted = 0; deleted < 3; deleted++) await outlook.delete(take().id);

  const [renamed, ended, thinned] = [series(), series(), series()];
  await outlook.edit(renamed.id, { fields: { subject: 'Team meeting', showAs: 'oof' } });
  await outlook.deleteSeries(ended.id);
  const occurrence = takerOf(thinned.events.filter(({ type, start }) => type === 'occurrence' && daysAhead(start) > 2));
  const [moved, called, vanished] = [occurrence(), occurrence(), occurrence()];
  await outlook.edit(moved.id, shifted(moved, 2 * HOUR_MS));
  await outlook.delete(called.id);
  await outlook.delete(vanished.id, true);

  await outlook.renameCalendar(CALENDARS.chair, 'Chair 2 (window)');
  await outlook.addCalendar('Nail bar');
  return {
    done: [
      `${count(touched)} events changed in one go; 4 edited: text, shown as free, private, cancelled`,
      '3 events moved: an hour, three months ahead, three months back; a day of leave moved by a week',
      '1 moved to another mirrored calendar, 1 to one that is not mirrored, 1 out of the window, 1 into it',
      '1 changed outside of the window, which the feed tells as a removal; 3 created, 3 deleted',
      '1 series renamed, 1 deleted; of another, 1 occurrence moved, 1 deleted, 1 deleted without a word in the feed',
      '1 calendar renamed, 1 added',
    ],
    unseen: [
      {
        resource: 'appointments',
        id: vanished.id,
        why: 'an occurrence that was deleted, which the feed does not always tell',
      },
    ],
  };
}

/** Later on, and the server has forgotten what it has told the hub: its link answers 410. */
export async function changeLittle(outlook: OutlookControl, { mirrored, taken }: MailboxState): Promise<Changes> {
  const singles = mirrored.filter(({ type, days, body }) => type === 'singleInstance' && !days && body === '');
  const take = takerFrom(singles, taken);
  const moved = take();
  await outlook.edit(moved.id, shifted(moved, HOUR_MS));
  await outlook.edit(take().id, { fields: { subject: 'Renamed at the last minute' } });
  await outlook.delete(take().id);
  await outlook.dropSyncState();
  return { done: ['1 event moved, 1 renamed, 1 deleted; the feed has lost its state (410)'], unseen: [] };
}

/** Hands out one after the other, and none twice over all takers. */
function takerFrom(events: readonly EventTruth[], taken: Set<string>): () => EventTruth {
  return () => {
    const event = events.find(({ id }) => !taken.has(id));
    if (!event) throw new DemoError('the mailbox has too few events to change');
    taken.add(event.id);
    return event;
  };
}

function seriesOf(events: readonly EventTruth[]): () => { id: string; events: readonly EventTruth[] } {
  const ids = [...new Set(events.flatMap(({ seriesId }) => seriesId ?? []))];
  return () => {
    const id = ids.shift();
    if (id === undefined) throw new DemoError('the mailbox has too few series');
    return { id, events: events.filter(({ seriesId }) => seriesId === id) };
  };
}

function shifted({ start, end }: EventTruth, ms: number): { start: string; end: string } {
  const later = (instant: string) => new Date(Date.parse(instant) + ms).toISOString();
  return { start: later(start), end: later(end) };
}

function daysAhead(instant: string): number {
  return (Date.parse(instant) - Date.now()) / DAY_MS;
}
