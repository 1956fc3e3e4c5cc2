/** What a business does in its Acuity account between two syncs. */
import type {
  AcuityAppointmentTruth,
  AcuityClientTruth,
  AcuityControl,
  AcuityTypeTruth,
} from '../../sandbox/acuity/acuity-control.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { startOf } from './acuity-fields.ts';
import { unusedPhone } from './hubspot-people.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The seed's first people are the hard cases; they stay as they are, so that each sync meets them. */
const SPECIAL_CLIENTS = 12;
/** Incremental syncs list the days from the day before yesterday on again. */
const OUT_OF_SIGHT_DAYS = 7;

export interface AccountState {
  readonly clients: readonly AcuityClientTruth[];
  readonly appointments: readonly AcuityAppointmentTruth[];
  readonly services: readonly AcuityTypeTruth[];
}

/** Every kind of change. */
export async function changeMuch(acuity: AcuityControl, account: AccountState): Promise<Changes> {
  const people = changeable(account).map(({ key }) => key);
  const person = () => people.shift() ?? fail('clients to change');
  await acuity.changeClient(person(), { firstName: 'Renée', lastName: 'Ångström-O’Neill' });
  await acuity.changeClient(person(), { lastName: 'Featherstonehaugh' });
  await acuity.changeClient(person(), { phone: '0044 (0)20 7946 0018' });
  await acuity.changeClient(person(), { email: 'Moved.House@Post.example' });
  await acuity.changeClient(person(), { email: '', phone: 'ask at reception' });
  await acuity.changeClient(person(), { notes: 'Prefers mornings' });
  for (const [position, firstName] of ['Ottoline', 'Barnaby', 'Mónica'].entries()) {
    await acuity.createClient({ firstName, lastName: 'Newcomer', phone: unusedPhone(110 + position) });
  }
  await acuity.removeClient(person());
  await acuity.removeClient(person());

  const upcoming = coming(account);
  const next = () => String((upcoming.shift() ?? fail('appointments to change')).id);
  for (let number = 0; number < 4; number++) await acuity.cancel(next());
  await acuity.move(next(), { start: inDays(3, 11) });
  await acuity.move(next(), { start: inDays(200, 15) });
  await acuity.move(next(), { start: inDays(20, 12), calendarId: '14200002' });
  await acuity.remove(next());
  await acuity.remove(next());
  const lately = account.appointments.find((row) => !row.canceled && daysUntil(row) < 0 && daysUntil(row) > -1);
  if (lately) await acuity.noShow(String(lately.id));
  const caller = { firstName: 'Ngozi', lastName: 'Ólafsdóttir', phone: '07500 900120', email: 'Ngozi@New.example' };
  for (const days of [1, 30, 250]) {
    await acuity.book({ client: caller, typeId: '70010001', calendarId: '14200001', start: inDays(days, 7) });
  }
  const old = account.appointments.find((row) => daysUntil(row) < -OUT_OF_SIGHT_DAYS) ?? fail('past appointments');
  await acuity.remove(String(old.id));

  await acuity.changeType(typeId(account, 'Fringe trim'), { price: '7.50' });
  await acuity.changeType(typeId(account, 'Perm'), { name: 'Perm (on request)', active: true });
  await acuity.removeType(typeId(account, 'Staff cut'));
  return {
    done: [
      '6 clients edited: names, number, addresses, notes; 3 created, 2 removed',
      '4 appointments cancelled, 3 moved (one beyond half a year, one to another calendar), 3 booked, 3 removed',
      ...(lately ? ['1 client did not come'] : []),
      '2 appointment types changed, 1 removed',
    ],
    unseen: [
      {
        resource: 'appointments',
        id: String(old.id),
        why: 'removed, and longer ago than the days that an incremental sync lists again',
      },
    ],
  };
}

/** Later on. */
export async function changeLittle(acuity: AcuityControl, account: AccountState): Promise<Changes> {
  const [renamed = fail('clients to change')] = changeable(account);
  await acuity.changeClient(renamed.key, { lastName: 'Quayside' });
  const [cancelled, moved] = coming(account);
  if (!cancelled || !moved) fail('appointments to change');
  await acuity.cancel(String(cancelled.id));
  await acuity.move(String(moved.id), { start: inDays(5, 6) });
  await acuity.changeType(typeId(account, 'Fringe trim'), { price: '8.00' });
  return { done: ['1 client renamed, 1 appointment cancelled, 1 moved, 1 price changed'], unseen: [] };
}

/** Ordinary clients with an address and a number. */
function changeable({ clients }: AccountState): AcuityClientTruth[] {
  return clients.slice(SPECIAL_CLIENTS).filter(({ email, phone, lastName }) => email && phone && lastName);
}

function coming({ appointments }: AccountState): AcuityAppointmentTruth[] {
  return appointments.filter((row) => !row.canceled && daysUntil(row) > 2).toSorted((a, b) => a.id - b.id);
}

function daysUntil(row: AcuityAppointmentTruth): number {
  return (startOf(row) - Date.now()) / DAY_MS;
}

/** At an hour of the UTC day so many days ahead. */
function inDays(days: number, hour: number): string {
  const date = new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return `${date}T${String(hour).padStart(2, '0')}:00:00Z`;
}

function typeId({ services }: AccountState, wanted: string): string {
  return String((services.find(({ name }) => name === wanted) ?? fail(`type called ${wanted}`)).id);
}

function fail(what: string): never {
  throw new DemoError(`the account has too few ${what}`);
}
