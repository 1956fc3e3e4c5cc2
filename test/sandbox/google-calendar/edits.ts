import * as z from 'zod';
import type { SandboxClock } from '../mechanics/clock.ts';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import { type Account, entryOf } from './account.ts';
import { Calendar } from './calendar.ts';
import type { Channels } from './channels.ts';
import { GoogleFailure } from './errors.ts';
import { endedBefore, written } from './recurrence.ts';
import type { GoogleCalendarSettings } from './settings.ts';

/** `calendar`: id, or `primary`. `account`: left out, the salon. */
const at = { account: z.string().optional(), calendar: z.string().default('primary') };
const body = z.record(z.string(), z.unknown());
const insertSchema = z.strictObject({ ...at, event: body });
const patchSchema = z.strictObject({ ...at, id: z.string(), changes: body });
const oneSchema = z.strictObject({ ...at, id: z.string() });
const splitSchema = z.strictObject({ ...at, id: z.string(), from: z.iso.datetime(), changes: body.default({}) });
const moveSchema = z.strictObject({ ...at, id: z.string(), destination: z.string() });
const entrySchema = z.strictObject({
  ...at,
  summaryOverride: z.string().nullable().optional(),
  accessRole: z.enum(['owner', 'writer', 'reader', 'freeBusyReader']).optional(),
  hidden: z.boolean().optional(),
  deleted: z.boolean().optional(),
});
const calendarSchema = z.strictObject({
  account: z.string().optional(),
  id: z.string(),
  summary: z.string(),
  timeZone: z.string(),
});
const hoursSchema = z.strictObject({ ...at, workingHours: z.unknown() });
const whereSchema = z.strictObject(at);

/** What people do in the calendars between two syncs. */
export function googleCalendarEdits(
  accounts: readonly Account[],
  { clock, settings, channels }: { clock: SandboxClock; settings: GoogleCalendarSettings; channels: Channels },
): Readonly<Record<string, (input: unknown) => unknown>> {
  const accountOf = (sub: string | undefined): Account => {
    const account = sub === undefined ? accounts[0] : accounts.find((candidate) => candidate.sub === sub);
    if (!account) throw new EditError(`no such account: ${sub}`);
    return account;
  };
  const entryIn = (where: { account?: string | undefined; calendar: string }) => {
    const entry = accountOf(where.account).entries.find(
      ({ calendar, primary }) => calendar.id === where.calendar || (primary && where.calendar === 'primary'),
    );
    if (!entry) throw new EditError(`no such calendar: ${where.calendar}`);
    return entry;
  };
  return refusalsAsEditErrors(GoogleFailure, {
    insert(input) {
      const edit = insertSchema.parse(input);
      return entryIn(edit).calendar.insert(edit.event);
    },
    /** An event, a series or one occurrence, by its id. */
    patch(input) {
      const edit = patchSchema.parse(input);
      return entryIn(edit).calendar.patch(edit.id, edit.changes);
    },
    cancel(input) {
      const edit = oneSchema.parse(input);
      entryIn(edit).calendar.cancel(edit.id);
    },
    /** "This and following": the series ends, and another one begins. */
    split(input) {
      const edit = splitSchema.parse(input);
      const { calendar } = entryIn(edit);
      const { start, end, fields, recurrence } = calendar.stored(edit.id);
      const rule = recurrence?.[0];
      if (rule === undefined) throw new EditError(`no series: ${edit.id}`);
      const from = Date.parse(edit.from);
      const length = calendar.ms(end) - calendar.ms(start);
      const time = (ms: number) => ({
        dateTime: written(ms, start.timeZone ?? calendar.timeZone),
        timeZone: start.timeZone ?? calendar.timeZone,
      });
      calendar.patch(edit.id, { recurrence: [endedBefore(rule, from)] });
      const endless = rule.replace(/;(COUNT|UNTIL)=[^;]*/g, '');
      return calendar.insert({
        ...fields,
        start: time(from),
        end: time(from + length),
        recurrence: [endless],
        ...edit.changes,
      });
    },
    move(input) {
      const edit = moveSchema.parse(input);
      const source = entryIn(edit).calendar;
      const event = { ...source.stored(edit.id) };
      source.cancel(edit.id);
      return entryOf(accountOf(edit.account), edit.destination).calendar.adopt(event);
    },
    /** How a calendar stands in the account's list; off the list, it is lost. */
    entry(input) {
      const { account, calendar, ...change } = entrySchema.parse(input);
      const entry = entryIn({ account, calendar });
      Object.assign(entry, Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)));
      entry.calendar.epoch += change.accessRole === undefined ? 0 : 1;
    },
    addCalendar(input) {
      const { account, ...about } = calendarSchema.parse(input);
      accountOf(account).entries.push({
        calendar: new Calendar(about, clock, settings),
        accessRole: 'owner',
        primary: false,
        hidden: false,
        deleted: false,
        summaryOverride: null,
      });
    },
    workingHours(input) {
      const edit = hoursSchema.parse(input);
      entryIn(edit).calendar.workingHours = edit.workingHours;
    },
    expireSyncTokens(input) {
      entryIn(whereSchema.parse(input)).calendar.epoch += 1;
    },
    /** Ends all push channels of a calendar before their time. */
    endChannels(input) {
      channels.endAll(entryIn(whereSchema.parse(input)).calendar);
    },
  });
}
