/** What happens at a Mindbody site between two syncs. */
import type {
  AppointmentTruth,
  ClassTruth,
  ClientTruth,
  MindbodyControl,
} from '../../sandbox/mindbody/mindbody-control.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';
import { siteTime } from './mindbody-fields.ts';
import { changeableClients, unusedPhone } from './mindbody-people.ts';

const DAY_MS = 24 * 60 * 60_000;
const HAIRCUT = 31;
const FACIAL = 36;
/** Takes no more appointments later on, so nobody can be moved to another time with them. */
const LEAVING = 100_000_014;

export interface SiteState {
  readonly clients: readonly ClientTruth[];
  readonly appointments: readonly AppointmentTruth[];
  readonly classes: readonly ClassTruth[];
}

/** Every kind of change. Answers what was done, and the client who was set inactive. */
export async function changeMuch(
  mindbody: MindbodyControl,
  state: SiteState,
): Promise<Changes & { readonly inactive: string }> {
  const people = changeableClients(state.clients, state.appointments).map(({ UniqueId }) => String(UniqueId));
  const take = (): string => people.shift() ?? fail('clients to change');
  const [renamed, newNumber, newAddress, newId, kept, merged, inactive] = [
    take(),
    take(),
    take(),
    take(),
    take(),
    take(),
    take(),
  ];
  const { touched } = await mindbody.touchClients(Math.ceil(state.clients.length / 2), true);
  await mindbody.changeClient(renamed, { fields: { FirstName: 'Renée', LastName: 'Ångström-O’Neill' } });
  await mindbody.changeClient(newNumber, { fields: { MobilePhone: unusedPhone(100), HomePhone: 'ask at reception' } });
  await mindbody.changeClient(newAddress, { fields: { Email: 'Moved.House@Post.example' } });
  await mindbody.changeClient(inactive, { active: false });
  for (const [position, FirstName] of ['Ottoline', 'Barnaby', 'Mónica'].entries()) {
    const Email = `${['ottoline', 'barnaby', 'monica'][position]}@new.example`;
    const MobilePhone = `0${unusedPhone(110 + position).slice('+44'.length)}`;
    await mindbody.createClient({ FirstName, LastName: 'Newcomer', Email, MobilePhone });
  }

  const diary = new Diary(mindbody, state.appointments);
  await diary.book(newId, HAIRCUT);
  await mindbody.changeClient(newId, { rssid: 'M-renumbered' });
  await diary.book(merged, FACIAL);
  await mindbody.mergeClients(kept, merged);
  const upcoming = diary.upcoming();
  const [cancelled, lateCancelled, moved, removed] = [
    upcoming.shift() ?? fail('appointments'),
    upcoming.shift() ?? fail('appointments'),
    upcoming.shift() ?? fail('appointments'),
    upcoming.shift() ?? fail('appointments'),
  ];
  await mindbody.setStatus(String(cancelled.Id), 'cancel');
  await mindbody.setStatus(String(lateCancelled.Id), 'latecancel');
  await diary.move(moved);
  await mindbody.removeAppointment(String(removed.Id));

  const [fuller, dropped, deleted] = soon(state.classes);
  if (!fuller || !dropped || !deleted) fail('classes');
  await mindbody.changeClass(String(fuller.Id), { booked: fuller.MaxCapacity });
  await mindbody.changeClass(String(dropped.Id), { cancelled: true });
  await mindbody.changeClass(String(deleted.Id), { removed: true });
  await mindbody.changeService('38', { name: 'Bridal trial with make-up', minutes: 105 });
  await mindbody.retireStaff(String(LEAVING));

  return {
    inactive,
    done: [
      `${count(touched)} clients changed by one import: all have the same time of change`,
      '3 clients edited: name, phone number, e-mail address; 1 set inactive; 3 created',
      '1 client booked and given another number; 1 merged into another, who takes the appointment over',
      '2 appointments booked, 1 cancelled, 1 cancelled late, 1 moved, 1 taken off the schedule',
      '1 class filled up, 1 cancelled, 1 deleted; 1 service renamed; 1 member of staff takes no more appointments',
    ],
    unseen: [
      { resource: 'clients', id: merged, why: 'merged into another client: no list mentions it, only a webhook' },
      { resource: 'staff', id: String(LEAVING), why: 'the list of those who take appointments has no time of change' },
    ],
  };
}

/** Later on: somebody comes back, and the diary goes on. */
export async function changeLittle(
  mindbody: MindbodyControl,
  { appointments, classes }: SiteState,
  inactive: string,
): Promise<Changes> {
  await mindbody.changeClient(inactive, { active: true, fields: { LastName: 'Returned' } });
  const diary = new Diary(mindbody, appointments);
  await diary.book(inactive, HAIRCUT);
  const [moved, cancelled] = diary.upcoming();
  if (!moved || !cancelled) fail('appointments');
  await diary.move(moved);
  await mindbody.setStatus(String(cancelled.Id), 'cancel');
  const [fuller] = soon(classes);
  if (!fuller) fail('classes');
  await mindbody.changeClass(String(fuller.Id), { booked: 1 });
  return {
    done: ['1 client active again and booked; 1 appointment moved, 1 cancelled; places taken in 1 class'],
    unseen: [],
  };
}

/** Books and moves where there is room. */
class Diary {
  readonly #mindbody: MindbodyControl;
  readonly #appointments: readonly AppointmentTruth[];
  #nextTry = 0;

  constructor(mindbody: MindbodyControl, appointments: readonly AppointmentTruth[]) {
    this.#mindbody = mindbody;
    this.#appointments = appointments;
  }

  /** Well within what an incremental sync lists. */
  upcoming(): AppointmentTruth[] {
    return this.#appointments
      .filter(({ Status, StaffId }) => /^(Booked|Confirmed)$/.test(Status) && StaffId !== LEAVING)
      .filter(({ StartDateTime }) => StartDateTime > inDays(5) && StartDateTime < inDays(40));
  }

  async book(clientId: string, sessionTypeId: number): Promise<void> {
    const staffId = sessionTypeId === HAIRCUT ? 100_000_011 : 100_000_013;
    await this.#untilFree((start) => this.#mindbody.book({ clientId, sessionTypeId, staffId, start }));
  }

  async move({ Id }: AppointmentTruth): Promise<void> {
    await this.#untilFree((start) => this.#mindbody.move(String(Id), start));
  }

  /** Tries one quiet hour after another; a time that is taken, or a Sunday, is refused. */
  async #untilFree(attempt: (start: string) => Promise<unknown>): Promise<void> {
    for (let tries = 0; tries < 60; tries++) {
      this.#nextTry += 1;
      const start = `${inDays(7 + (this.#nextTry % 20)).slice(0, 10)}T${['09', '12', '15'][tries % 3]}:15:00`;
      const refused = await attempt(start).then(
        () => null,
        (error: unknown) => error,
      );
      if (refused === null) return;
    }
    fail('free times');
  }
}

/** Classes of the next two weeks that take place. */
function soon(classes: readonly ClassTruth[]): ClassTruth[] {
  return classes.filter(
    ({ StartDateTime, IsCanceled }) => !IsCanceled && StartDateTime > inDays(2) && StartDateTime < inDays(14),
  );
}

function inDays(days: number): string {
  return siteTime(new Date(Date.now() + days * DAY_MS).toISOString());
}

function fail(what: string): never {
  throw new DemoError(`the site has too few ${what}`);
}
