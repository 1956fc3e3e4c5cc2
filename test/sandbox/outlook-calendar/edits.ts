import * as z from 'zod';
import { EditError } from '../mechanics/provider.ts';
import type { Deltas } from './delta.ts';
import { type Account, type EventFields, type Item, type Mailbox, newFields } from './mailbox.ts';
import type { OutlookSettings } from './settings.ts';

const account = z.string().optional();
const id = z.string();
const instant = z.iso.datetime({ offset: true });
const fieldsSchema = z
  .strictObject({
    subject: z.string(),
    body: z.string(),
    location: z.string(),
    showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere', 'unknown']),
    sensitivity: z.enum(['normal', 'personal', 'private', 'confidential']),
    isCancelled: z.boolean(),
    isAllDay: z.boolean(),
    zone: z.string(),
  })
  .partial();

const createSchema = z.strictObject({
  account,
  calendarId: z.string(),
  start: instant,
  end: instant,
  fields: fieldsSchema.default({}),
});
const changeSchema = z.strictObject({
  account,
  id,
  start: instant.optional(),
  end: instant.optional(),
  calendarId: z.string().optional(),
  fields: fieldsSchema.default({}),
});
const touchSchema = z.strictObject({ account, ids: z.array(id), fields: fieldsSchema.default({}) });
const oneSchema = z.strictObject({ account, id });
const deleteSchema = z.strictObject({ account, id, silently: z.boolean().default(false) });
const calendarSchema = z.strictObject({
  account,
  id: id.optional(),
  name: z.string(),
  canEdit: z.boolean().default(true),
});

/** What people do in Outlook while the hub is connected to it. */
export function outlookEdits(
  accounts: readonly Account[],
  deltas: Deltas,
  settings: OutlookSettings,
): Readonly<Record<string, (input: unknown) => unknown>> {
  const mailboxOf = (wanted: string | undefined): Mailbox => {
    const found = wanted === undefined ? accounts[0] : accounts.find(({ oid }) => oid === wanted);
    if (!found?.mailbox) throw new EditError(`no such mailbox: ${wanted}`);
    return found.mailbox;
  };
  return {
    /** Also how somebody else takes a time: Exchange lets anybody have any time. */
    create(input) {
      const { account, calendarId, start, end, fields } = createSchema.parse(input);
      const mailbox = mailboxOf(account);
      if (!mailbox.calendars.has(calendarId)) throw new EditError(`no such calendar: ${calendarId}`);
      const times = { start: Date.parse(start), end: Date.parse(end) };
      const made = newFields(mailbox, defined(fields));
      return { id: mailbox.add({ type: 'singleInstance', calendarId, ...times, fields: made }).id };
    },
    /** Of an event or one occurrence; of a series by its master's id. */
    change(input) {
      const wanted = changeSchema.parse(input);
      const mailbox = mailboxOf(wanted.account);
      const item = itemOf(mailbox, wanted.id);
      const { start, end, calendarId } = wanted;
      mailbox.change(
        item,
        {
          ...(start === undefined ? {} : { start: Date.parse(start) }),
          ...(end === undefined ? {} : { end: Date.parse(end) }),
          ...(calendarId === undefined ? {} : { calendarId }),
        },
        defined(wanted.fields),
      );
      if (item.type !== 'seriesMaster' || !settings.seriesChangeShowsOccurrences) return;
      for (const occurrence of mailbox.occurrencesOf(item.id)) mailbox.note(occurrence);
    },
    /** Many at once, each a change of its own. */
    touch(input) {
      const { account, ids, fields } = touchSchema.parse(input);
      const mailbox = mailboxOf(account);
      for (const one of ids) mailbox.change(itemOf(mailbox, one), {}, defined(fields));
      return { touched: ids.length };
    },
    delete(input) {
      const { account, id, silently } = deleteSchema.parse(input);
      const mailbox = mailboxOf(account);
      mailbox.remove(itemOf(mailbox, id), silently);
    },
    /** All of it, from whichever of its occurrences. */
    deleteSeries(input) {
      const { account, id } = oneSchema.parse(input);
      const mailbox = mailboxOf(account);
      const item = itemOf(mailbox, id);
      mailbox.remove(itemOf(mailbox, item.seriesId ?? item.id));
    },
    addCalendar(input) {
      const { account, id, name, canEdit } = calendarSchema.parse(input);
      const mailbox = mailboxOf(account);
      const added = id ?? `AAMkADgzMore${mailbox.calendars.size}+/=`;
      mailbox.calendars.set(added, { id: added, name, canEdit, isDefault: false });
      return { id: added };
    },
    renameCalendar(input) {
      const { account, id = '', name } = calendarSchema.parse(input);
      const calendar = mailboxOf(account).calendars.get(id);
      if (!calendar) throw new EditError(`no such calendar: ${id}`);
      calendar.name = name;
    },
    deleteCalendar(input) {
      const { account, id } = oneSchema.parse(input);
      const mailbox = mailboxOf(account);
      if (!mailbox.calendars.delete(id)) throw new EditError(`no such calendar: ${id}`);
      for (const item of mailbox.items.values()) if (item.calendarId === id && !item.gone) mailbox.remove(item);
    },
    /** The server forgets what it has told whom: no link can be continued. */
    dropSyncState() {
      deltas.drop();
    },
    invitations(input) {
      return { sent: mailboxOf(z.strictObject({ account }).parse(input).account).invitationsSent };
    },
  };
}

function itemOf(mailbox: Mailbox, id: string): Item {
  const item = mailbox.find(id);
  if (!item) throw new EditError(`no such event: ${id}`);
  return item;
}

/** Members that are undefined count as not given. */
function defined(fields: z.output<typeof fieldsSchema>): Partial<EventFields> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<EventFields>;
}
