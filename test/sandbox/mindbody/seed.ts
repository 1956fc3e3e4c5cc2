import { addDays, toLocal } from '../../../lambdas/core/time/zoned-time.ts';
import { seedPerson } from '../hubspot/seed-people.ts';
import { Random } from '../mechanics/random.ts';
import { addMinutes, type MindbodyAppointment, type Site } from './site.ts';

const DAY_MS = 24 * 60 * 60_000;
const FIRST_CLIENT = 99_970;

const SESSION_TYPES = [
  { id: 31, name: 'Haircut', minutes: 45 },
  { id: 32, name: 'Colour', minutes: 120 },
  { id: 33, name: 'Blow-dry', minutes: 30 },
  { id: 34, name: 'Massage 60', minutes: 60 },
  { id: 35, name: 'Massage 90', minutes: 90 },
  { id: 36, name: 'Facial', minutes: 60 },
  { id: 37, name: 'Consultation', minutes: 15 },
  { id: 38, name: 'Bridal trial', minutes: 90 },
] as const;
const HAIR = [31, 32, 33, 37, 38];
const BODY = [34, 35, 36, 37];
const STAFF = [
  { firstName: 'Kim', lastName: 'Osei', performs: HAIR },
  { firstName: 'Lou', lastName: 'Marchetti', performs: HAIR },
  { firstName: 'Priya', lastName: 'Raman', performs: BODY },
  { firstName: 'Tomasz', lastName: 'Zieliński', performs: BODY },
] as const;

/** Fills a site: the same seed gives the same people, with dates counted from today. */
export function seedSite(site: Site, seed: number, clients: number): void {
  const random = new Random(seed);
  seedServices(site);
  for (let index = 0; index < clients; index++) seedClient(site, random, index);
  // One in three has never had an appointment.
  const people = [...site.clients.values()].filter(
    ({ active, uniqueId }) => active && ((uniqueId - FIRST_CLIENT) / 3) % 3 !== 2,
  );
  if (people.length === 0) return;
  const today = site.today();
  for (let day = -40; day <= 45; day++) seedDay(site, random, addDays(today, day), people, 3);
  // A few are far ahead, where no incremental sync looks.
  for (const day of [120, 150, 200]) seedDay(site, random, addDays(today, day), people, 1);
  for (let day = -14; day <= 21; day++) seedClasses(site, random, addDays(today, day));
}

function seedServices(site: Site): void {
  for (const type of SESSION_TYPES) site.sessionTypes.set(type.id, { ...type, type: 'Appointment', programId: 5 });
  for (const [id, name] of [
    [51, 'Yoga'],
    [52, 'Pilates'],
  ] as const) {
    site.sessionTypes.set(id, { id, name, type: 'Class', minutes: 60, programId: 6 });
  }
  for (const [index, { firstName, lastName, performs }] of STAFF.entries()) {
    const id = 100_000_011 + index;
    const email = `${firstName.toLowerCase()}@salon.example`;
    site.staff.set(id, {
      id,
      firstName,
      lastName,
      email,
      locationId: index === 3 ? 2 : 1,
      takesAppointments: true,
      performs,
    });
  }
  const teacher = { id: 100_000_020, firstName: 'Sunniva', lastName: 'Berg', email: null, locationId: 1 };
  site.staff.set(teacher.id, { ...teacher, takesAppointments: false, performs: [] });
}

/** Sites write numbers as they like, and leave names out where they were imported. */
function seedClient(site: Site, random: Random, index: number): void {
  const { firstname, lastname, email, phone, mobilephone } = seedPerson(random, index);
  const now = site.clock.now();
  const uniqueId = FIRST_CLIENT + index * 3;
  site.keep(
    {
      uniqueId,
      id: random.chance(0.1) ? `M-${uniqueId}` : `1000${uniqueId}`,
      firstName: firstname ?? null,
      lastName: lastname ?? null,
      email: email ?? null,
      mobilePhone: mobilephone ?? null,
      homePhone: phone ?? null,
      workPhone: random.chance(0.05) ? '020 7946 0018 ext. 4' : null,
      active: index < 12 || random.chance(0.93),
      isProspect: random.chance(0.05),
      createdAt: toLocal(now - random.int(4 * DAY_MS, 900 * DAY_MS), site.facts.timeZone),
      modifiedAt: 0,
      passes: random.chance(0.3) ? random.int(1, 10) : 0,
    },
    // So many were imported at one moment: their stamps are the same.
    random.chance(0.4) ? now - 2 * DAY_MS : now - random.int(2 * DAY_MS, 60 * DAY_MS),
  );
}

function seedDay(
  site: Site,
  random: Random,
  day: string,
  people: readonly { readonly uniqueId: number }[],
  most: number,
): void {
  for (const staff of [...site.staff.values()].filter(({ takesAppointments }) => takesAppointments)) {
    for (let count = random.int(0, most); count > 0; count--) {
      const type = site.sessionTypes.get(random.pick(staff.performs));
      const start = addMinutes(`${day}T09:00:00`, random.int(0, 28) * 15);
      const end = addMinutes(start, type?.minutes ?? 60);
      if (!type || !site.isFree(staff.id, start, end, null)) continue;
      const past = start < site.now();
      const appointment: MindbodyAppointment = {
        id: site.nextId(),
        status: random.chance(0.1)
          ? 'Cancelled'
          : past
            ? pastStatus(random)
            : random.pick(['Booked', 'Booked', 'Confirmed', 'Requested']),
        start,
        end,
        sessionTypeId: type.id,
        locationId: staff.locationId,
        staffId: staff.id,
        clientUniqueId: random.pick(people).uniqueId,
        notes: random.chance(0.2) ? 'Prefers the window seat' : null,
        partnerExternalId: null,
        isWaitlist: !past && random.chance(0.03),
      };
      site.appointments.set(appointment.id, appointment);
    }
  }
}

function pastStatus(random: Random): string {
  return random.pick(['Completed', 'Completed', 'Completed', 'Arrived', 'NoShow', 'LateCancelled', 'None']);
}

function seedClasses(site: Site, random: Random, day: string): void {
  for (const [scheduleId, name, sessionTypeId, time] of [
    [77, 'Morning Flow', 51, 'T07:00:00'],
    [78, 'Reformer Basics', 52, 'T18:30:00'],
  ] as const) {
    const start = `${day}${time}`;
    const id = site.nextId();
    const capacity = random.pick([8, 12, 16]);
    site.classes.set(id, {
      id,
      scheduleId,
      name,
      sessionTypeId,
      staffId: 100_000_020,
      locationId: 1,
      capacity,
      start,
      end: addMinutes(start, 60),
      booked: random.int(0, capacity),
      cancelled: random.chance(0.08),
      modifiedAt: site.clock.now() - random.int(DAY_MS, 10 * DAY_MS),
    });
  }
}
