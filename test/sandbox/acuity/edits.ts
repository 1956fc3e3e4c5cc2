import * as z from 'zod';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import type { AcuityAccount } from './account.ts';
import { AcuityFailure } from './errors.ts';
import { calendarIdOf, typeOf } from './input.ts';
import type { AcuityAppointmentRecord, AcuityClientRecord } from './records.ts';

const account = z.string().optional();
const id = z.string().regex(/^\d+$/);
const person = z.strictObject({
  firstName: z.string(),
  lastName: z.string(),
  email: z.string().default(''),
  phone: z.string().default(''),
  notes: z.string().default(''),
});

const createClient = z.strictObject({ account, client: person });
const changeClient = z.strictObject({ account, key: z.int(), change: person.partial() });
const removeClient = z.strictObject({ account, key: z.int() });
const book = z.strictObject({
  account,
  client: person,
  typeId: id,
  calendarId: id,
  start: z.iso.datetime({ offset: true }),
});
const one = z.strictObject({ account, id });
const move = z.strictObject({ account, id, start: z.iso.datetime({ offset: true }), calendarId: id.optional() });
const changeType = z.strictObject({
  account,
  id,
  name: z.string().optional(),
  price: z.string().optional(),
  active: z.boolean().optional(),
});
const rename = z.strictObject({ account, id, name: z.string() });
const block = z.strictObject({
  account,
  calendarId: id,
  start: z.iso.datetime({ offset: true }),
  end: z.iso.datetime({ offset: true }),
});

/** What the business does in its account. It is bound by none of the rules that clients are bound by. */
export function acuityEdits(accounts: readonly AcuityAccount[]): Readonly<Record<string, (input: unknown) => unknown>> {
  const find = (wanted: string | undefined): AcuityAccount => {
    const found = wanted === undefined ? accounts[0] : accounts.find(({ facts }) => String(facts.id) === wanted);
    if (!found) throw new EditError(`no such account: ${wanted}`);
    return found;
  };
  const clientOf = (input: { account?: string | undefined; key: number }): AcuityClientRecord => {
    const client = find(input.account).clients.find(({ key }) => key === input.key);
    if (!client) throw new EditError(`no such client: ${input.key}`);
    return client;
  };
  const appointmentOf = (input: { account?: string | undefined; id: string }): AcuityAppointmentRecord => {
    const record = find(input.account).appointments.get(Number(input.id));
    if (!record) throw new EditError(`no such appointment: ${input.id}`);
    return record;
  };
  return refusalsAsEditErrors(AcuityFailure, {
    createClient(input) {
      const wanted = createClient.parse(input);
      return { key: find(wanted.account).addClient(wanted.client).key };
    },
    changeClient(input) {
      const wanted = changeClient.parse(input);
      const given = Object.entries(wanted.change).filter(([, value]) => value !== undefined);
      Object.assign(clientOf(wanted), Object.fromEntries(given));
    },
    removeClient(input) {
      const wanted = removeClient.parse(input);
      const gone = clientOf(wanted);
      const owner = find(wanted.account);
      owner.clients = owner.clients.filter((client) => client !== gone);
    },
    book(input) {
      const wanted = book.parse(input);
      const owner = find(wanted.account);
      const calendarId = calendarIdOf(owner, wanted.calendarId);
      if (calendarId === null) throw new EditError('an appointment needs a calendar');
      const what = { type: typeOf(owner, wanted.typeId), calendarId, start: Date.parse(wanted.start) };
      return { id: String(owner.addAppointment(wanted.client, what).id) };
    },
    move(input) {
      const wanted = move.parse(input);
      const record = appointmentOf(wanted);
      record.start = Date.parse(wanted.start);
      record.calendarId = calendarIdOf(find(wanted.account), wanted.calendarId) ?? record.calendarId;
    },
    cancel(input) {
      appointmentOf(one.parse(input)).canceled = true;
    },
    noShow(input) {
      Object.assign(appointmentOf(one.parse(input)), { canceled: true, noShow: true });
    },
    /** Not by the API: in the account, for good. */
    remove(input) {
      const wanted = one.parse(input);
      find(wanted.account).appointments.delete(appointmentOf(wanted).id);
    },
    changeType(input) {
      const { account: whose, id: typeId, ...change } = changeType.parse(input);
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      Object.assign(typeOf(find(whose), typeId), Object.fromEntries(given));
    },
    removeType(input) {
      const wanted = one.parse(input);
      const owner = find(wanted.account);
      const gone = typeOf(owner, wanted.id);
      owner.types = owner.types.filter((type) => type !== gone);
    },
    renameCalendar(input) {
      const wanted = rename.parse(input);
      const calendar = find(wanted.account).calendars.find((candidate) => String(candidate.id) === wanted.id);
      if (!calendar) throw new EditError(`no such calendar: ${wanted.id}`);
      calendar.name = wanted.name;
    },
    block(input) {
      const wanted = block.parse(input);
      const owner = find(wanted.account);
      const calendarId = calendarIdOf(owner, wanted.calendarId);
      if (calendarId === null) throw new EditError('a block needs a calendar');
      owner.blocks.push({ calendarId, start: Date.parse(wanted.start), end: Date.parse(wanted.end) });
    },
  });
}
