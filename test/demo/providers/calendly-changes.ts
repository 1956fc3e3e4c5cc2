/** What people do in a Calendly account between two syncs. */
import type {
  CalendlyControl,
  ContactTruth,
  EventTruth,
  EventTypeTruth,
} from '../../sandbox/calendly/calendly-control.ts';
import { idOf } from '../../sandbox/calendly/records.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';
import { unusedPhone } from './hubspot-people.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The seed's first contacts are the hard cases; they stay as they are, so that each sync meets them. */
const SPECIAL_CONTACTS = 12;

export interface AccountState {
  readonly contacts: readonly ContactTruth[];
  readonly eventTypes: readonly EventTypeTruth[];
  readonly events: readonly EventTruth[];
}

/** Every kind of change. */
export async function changeMuch(calendly: CalendlyControl, state: AccountState): Promise<Changes> {
  const contacts = await changeContacts(calendly, state);
  const events = await changeEvents(calendly, state);
  const types = await changeEventTypes(calendly, state);
  return {
    done: [...contacts.done, ...events.done, ...types],
    unseen: [...contacts.unseen, ...events.unseen],
  };
}

/** Later on, without anything that no list could tell. */
export async function changeLittle(calendly: CalendlyControl, state: AccountState): Promise<Changes> {
  const upcoming = takerOf(upcomingMeetings(state), 'appointments');
  const people = takerOf(ordinaryContacts(state), 'contacts');
  await calendly.patchContact(idOf(people.take().uri), { company: 'Quayside Yoga' });
  await calendly.cancel(idOf(upcoming.take().uri), 'host');
  await calendly.reschedule(idOf(upcoming.take().uri));
  await calendly.patchEventType(idOf(typeNamed(state, 'Any stylist').uri), { name: 'First free stylist' });
  return { done: ['1 contact edited; 1 appointment cancelled, 1 rescheduled; 1 event type renamed'], unseen: [] };
}

async function changeContacts(calendly: CalendlyControl, state: AccountState): Promise<Changes> {
  const people = takerOf(ordinaryContacts(state), 'contacts');
  const take = (): string => idOf(people.take().uri);
  const deleted = [take(), take()];
  const { touched } = await calendly.touchContacts(Math.ceil(state.contacts.length / 2), 'Harbour Dental');
  await calendly.patchContact(take(), { name: 'Renée Ångström-O’Neill 💍' });
  await calendly.patchContact(take(), { phones: ['+44 20 7946 0018', '+44 7500 900100'] });
  await calendly.patchContact(take(), { emails: ['Moved.House@Post.example', 'second@post.example'] });
  await calendly.patchContact(take(), { phones: [] });
  for (const [index, name] of ['Ottoline', 'Barnaby Quince', 'Mónica'].entries()) {
    const address = `newcomer.${index}@new.example`;
    await calendly.createContact({ name, emails: [address], phones: [unusedPhone(110 + index)] });
  }
  for (const id of deleted) await calendly.deleteContact(id);
  return {
    done: [
      `${count(touched)} contacts changed in one bulk edit: all have the same modified date`,
      `4 contacts edited: name, phone numbers, e-mail addresses; 3 created, ${deleted.length} deleted`,
    ],
    unseen: deleted.map((id) => ({ resource: 'contacts' as const, id, why: 'deleted: no list tells of it' })),
  };
}

async function changeEvents(calendly: CalendlyControl, state: AccountState): Promise<Changes> {
  const upcoming = takerOf(upcomingMeetings(state), 'appointments');
  const take = (): string => idOf(upcoming.take().uri);
  const haircut = idOf(typeNamed(state, 'Haircut').uri);
  await calendly.book(haircut, { name: 'Cher', email: 'cher@new.example', phone: unusedPhone(120) }, { daysAhead: 12 });
  await calendly.book(haircut, { name: 'Ottoline', email: 'newcomer.0@new.example' }, { daysAhead: 200 });
  await calendly.cancel(take(), 'host');
  await calendly.cancel(take(), 'invitee');
  await calendly.reschedule(take());
  const erased = take();
  await calendly.erase(erased);
  const group = state.events.find(
    (event) => event.status === 'active' && event.invitees_counter.active > 1 && isAhead(event),
  );
  const [leaving] = group?.invitees ?? [];
  if (group && leaving) await calendly.leave(idOf(group.uri), leaving.email);
  const today = state.events.find((event) => {
    const age = Date.now() - Date.parse(event.start_time);
    return event.status === 'active' && age > 0 && age < DAY_MS / 2;
  });
  if (today) await calendly.markNoShow(idOf(today.uri));
  return {
    done: [
      '2 appointments booked, one of them in half a year; 2 cancelled, by either side; 1 rescheduled: a new one for the old',
      `${group ? '1 customer left a group' : 'no group to leave'}; ${today ? '1 marked as no-show' : 'nobody to miss'}`,
    ],
    unseen: [{ resource: 'appointments', id: erased, why: 'erased for data compliance: it is in no list' }],
  };
}

async function changeEventTypes(calendly: CalendlyControl, state: AccountState): Promise<string[]> {
  const { profile } = typeNamed(state, 'Haircut');
  await calendly.patchEventType(idOf(typeNamed(state, 'Colour').uri), { name: 'Colour, cut & finish', duration: 150 });
  await calendly.patchEventType(idOf(typeNamed(state, 'Call back').uri), { active: false });
  await calendly.deleteEventType(idOf(typeNamed(state, 'Gift card').uri));
  await calendly.createEventType('Scalp massage', 20, idOf(profile.owner));
  return ['1 event type renamed, 1 switched off, 1 deleted, 1 new'];
}

function ordinaryContacts({ contacts }: AccountState): ContactTruth[] {
  return contacts.slice(SPECIAL_CONTACTS).filter(({ name, e164 }) => name !== null && e164.length === 1);
}

/** Of two people, to come, and of a type that stays. */
function upcomingMeetings({ events }: AccountState): EventTruth[] {
  return events.filter(
    (event) =>
      event.status === 'active' &&
      event.invitees_counter.limit === 1 &&
      isAhead(event) &&
      /^(Haircut|Colour)/.test(event.name) &&
      event.event_memberships.length === 1,
  );
}

function isAhead({ start_time }: EventTruth): boolean {
  return Date.parse(start_time) > Date.now() + DAY_MS;
}

function typeNamed({ eventTypes }: AccountState, name: string): EventTypeTruth {
  return eventTypes.find((type) => type.name.startsWith(name)) ?? fail('event types');
}

function takerOf<T>(items: readonly T[], what: string) {
  const left = [...items];
  return { take: (): T => left.shift() ?? fail(what) };
}

function fail(what: string): never {
  throw new DemoError(`the account has too few ${what}`);
}
