import * as z from 'zod';
import { EditError } from '../mechanics/provider.ts';
import type { FreshaBusiness } from './business.ts';

const text = z.string().nullable().optional();
const person = z.strictObject({ first_name: text, last_name: text, email: text, phone: text });
const one = z.strictObject({ id: z.string() });
const instant = z.iso.datetime({ offset: true });
const changeClient = z.strictObject({ id: z.string(), change: person });
const booking = z.strictObject({ client: z.string(), staff: z.string(), start: instant });
const move = z.strictObject({ id: z.string(), start: instant });

/** Only the members that are given. */
function given<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** What the business does in its own calendar. */
export function freshaEdits(business: FreshaBusiness): Readonly<Record<string, (input: unknown) => unknown>> {
  return {
    createClient: (input) => business.addClient(given(person.parse(input))),
    changeClient: (input) => {
      const { id, change } = changeClient.parse(input);
      business.changeClient(id, given(change));
    },
    removeClient: (input) => business.removeClient(one.parse(input).id),
    book: (input) => {
      const { client, staff, start } = booking.parse(input);
      const row = business.book({ client, staff, start: Date.parse(start), notes: null });
      if (!row) throw new EditError('the time is taken');
      return row;
    },
    move: (input) => {
      const { id, start } = move.parse(input);
      business.move(id, Date.parse(start));
    },
    cancel: (input) => business.cancel(one.parse(input).id),
    remove: (input) => business.removeAppointment(one.parse(input).id),
  };
}
