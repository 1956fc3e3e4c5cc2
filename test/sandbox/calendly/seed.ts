import { seedPerson } from '../hubspot/seed-people.ts';
import { Random } from '../mechanics/random.ts';
import type { Organization } from './organization.ts';
import type { Contact, EventType, Place } from './records.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Each event costs whoever reads it a call: more would exceed what a plan allows in the time of a demo. */
const MAX_EVENTS = 110;
const DAYS_BACK = 60;
const DAYS_AHEAD = 50;
const INTERNATIONAL = [
  'hs_searchable_calculated_international_phone_number',
  'hs_searchable_calculated_international_mobile_number',
] as const;

const SALON: readonly Place[] = [{ kind: 'physical', location: '12 Mill Lane' }];
const NOTE = { name: 'Anything we should know?', type: 'text', required: false } as const;

const USERS = [
  ['b1c9d7a2-58c4-4f2c-8b7e-0d1f5a9c1001', 'Mara Lindqvist', 'mara', 'owner'],
  ['b1c9d7a2-58c4-4f2c-8b7e-0d1f5a9c1002', 'Theo Okafor', 'theo', 'user'],
  ['b1c9d7a2-58c4-4f2c-8b7e-0d1f5a9c1003', 'Priya Nair', 'priya', 'admin'],
  ['b1c9d7a2-58c4-4f2c-8b7e-0d1f5a9c1004', 'Rhys Bevan', 'rhys', 'user'],
] as const;

/** The owner, whose consent shows the whole organization, and a plain member, whose consent shows their own. */
export const ACCOUNTS = [USERS[0], USERS[1]].map(([id, name]) => ({ id, name }));

const EVENT_TYPES: readonly (Partial<EventType> & Pick<EventType, 'name' | 'duration'> & { by: readonly number[] })[] =
  [
    { name: 'Haircut', duration: 45, by: [0], places: SALON, questions: [NOTE], description: 'Wash, cut and blow-dry' },
    { name: 'Haircut with Theo', duration: 45, by: [1], places: SALON, questions: [NOTE] },
    { name: 'Colour & highlights ✨', duration: 120, by: [2], places: SALON, questions: [NOTE] },
    { name: 'Any stylist', duration: 30, by: [0, 1, 2, 3], pooling: 'round_robin', places: SALON },
    { name: 'Styling class', duration: 90, by: [3], limit: 8, places: SALON },
    {
      name: 'Bridal consultation',
      duration: 60,
      by: [0, 2],
      pooling: 'collective',
      places: [{ kind: 'zoom_conference' }],
    },
    { name: 'Call back', duration: 15, by: [3], places: [{ kind: 'outbound_call' }] },
    { name: 'Gift card appointment', duration: 60, by: [1], paid: true, places: null },
    { name: 'Staff training', duration: 60, by: [0], secret: true, places: null },
  ];

/** Fills the organization: the same seed gives the same people, with dates counted from now. */
export function seedOrganization(organization: Organization, seed: number, contacts: number): void {
  const random = new Random(seed);
  const now = Math.floor(organization.clock.now() / MINUTE) * MINUTE;
  for (const [id, name, slug, role] of USERS) organization.users.set(id, { id, name, slug, role });
  for (const { by, ...given } of EVENT_TYPES) {
    const type: EventType = {
      id: organization.newId(),
      active: true,
      secret: false,
      paid: false,
      limit: 1,
      pooling: null,
      places: null,
      questions: [],
      description: null,
      createdAt: now - 400 * DAY,
      updatedAt: now - random.int(5, 300) * DAY,
      ...given,
      hosts: by.flatMap((index) => USERS[index]?.[0] ?? []),
    };
    organization.eventTypes.set(type.id, type);
  }
  const people = Array.from({ length: contacts }, (_, index) => seedContact(organization, random, index, now));
  seedEvents(organization, random, people, now, Math.min(MAX_EVENTS, 40 + contacts));
}

function seedContact(organization: Organization, random: Random, index: number, now: number): Contact {
  const { firstname, lastname, email, company, phone, mobilephone, ...calculated } = seedPerson(random, index);
  const raws = [phone, mobilephone];
  const phones = raws.flatMap((raw, position) =>
    raw ? [{ raw, e164: calculated[INTERNATIONAL[position] ?? INTERNATIONAL[0]] ?? null }] : [],
  );
  const second = calculated.hs_additional_emails?.split(';') ?? [];
  const name = [firstname, lastname].filter((part) => part).join(' ');
  const createdAt = now - random.int(4 * DAY, 700 * DAY);
  const contact: Contact = {
    id: organization.newId(),
    name: name === '' ? null : name,
    emails: [email ?? `guest.${index}@home.example`, ...second.filter((one) => one !== '')],
    phones,
    company: company ?? null,
    createdAt,
    updatedAt: now - random.int(DAY, 4 * DAY),
  };
  organization.contacts.set(contact.id, contact);
  return contact;
}

/** On the half hour, in nobody's way or in somebody's: calendars of real salons overlap too. */
function seedEvents(
  organization: Organization,
  random: Random,
  people: readonly Contact[],
  now: number,
  count: number,
): void {
  const types = [...organization.eventTypes.values()].filter(({ secret }) => !secret);
  for (let index = 0; index < count && people.length > 0; index++) {
    const type = random.pick(types);
    // The first ones began within the last day, where somebody may still be marked as a no-show.
    const day = index < 4 ? 0 : random.int(-DAYS_BACK, DAYS_AHEAD);
    const start =
      index < 4
        ? Math.floor((now - (index + 2) * 60 * MINUTE) / (30 * MINUTE)) * 30 * MINUTE
        : Math.floor(now / DAY) * DAY + day * DAY + random.int(18, 32) * 30 * MINUTE;
    const bookedAt = Math.min(start, now) - random.int(2 * DAY, 20 * DAY);
    const hosts = type.pooling === 'round_robin' ? [random.pick(type.hosts)] : type.hosts;
    const event = organization.addEvent(type, start, hosts, placeOf(type, people[index % people.length]), bookedAt);
    const places = type.limit > 1 ? random.int(2, 4) : 1;
    for (let place = 0; place < places; place++) {
      addGuest(organization, random, event, people[(index + place) % people.length], bookedAt);
    }
    if (random.chance(0.15)) {
      event.cancelled = { by: random.pick(['host', 'invitee']), reason: random.pick([null, 'Not well']), at: bookedAt };
    } else if (start < now - DAY && random.chance(0.08)) {
      for (const invitee of event.invitees) invitee.noShowAt = start;
    }
  }
}

function addGuest(
  organization: Organization,
  random: Random,
  event: Parameters<Organization['addInvitee']>[0],
  person: Contact | undefined,
  at: number,
): void {
  if (!person) return;
  const [first] = event.type.questions;
  organization.addInvitee(
    event,
    {
      email: person.emails[0] ?? '',
      name: person.name ?? 'Guest',
      phone: person.phones[0]?.e164 ?? null,
      answers: first && random.chance(0.4) ? [{ question: first.name, answer: 'Sensitive scalp', position: 0 }] : [],
    },
    at,
  );
}

function placeOf({ places }: EventType, person: Contact | undefined): Place | null {
  const [place] = places ?? [];
  if (place?.kind !== 'outbound_call') return place ?? null;
  return { kind: place.kind, location: person?.phones[0]?.e164 ?? '+442079460018' };
}
