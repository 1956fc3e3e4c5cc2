import { addDays, dateIn } from '../../../lambdas/core/time/zoned-time.ts';
import { seedPerson } from '../hubspot/seed-people.ts';
import { Random } from '../mechanics/random.ts';
import { fits, GRID_MINUTES, openOn } from './opening.ts';
import type { Booking, BookingStatus, Customer, Segment, Seller, Variation } from './seller.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Bookings lie between so many days ago and so many ahead; most are near. */
const PAST_DAYS = 80;
const FUTURE_DAYS = 170;
const MOST_BOOKINGS = 1000;

/** Variations as `name minutes pennies`; a price of 0 is agreed on the spot. */
const SERVICES: readonly {
  name: string;
  description: string | null;
  variations: readonly [string, number, number][];
}[] = [
  {
    name: 'Haircut',
    description: 'Wash, cut and finish',
    variations: [
      ['Short', 30, 3200],
      ['Medium', 45, 4150],
      ['Long', 60, 5500],
    ],
  },
  { name: 'Beard trim', description: null, variations: [['Regular', 15, 1500]] },
  {
    name: 'Colour',
    description: 'With a patch test two days before',
    variations: [
      ['Roots', 90, 7800],
      ['Full head', 120, 0],
    ],
  },
  { name: 'Blow-dry', description: null, variations: [['Regular', 30, 2650]] },
  { name: 'Wedding trial 💍', description: null, variations: [['Regular', 120, 9500]] },
  { name: 'Children’s cut', description: 'Up to 12 years', variations: [['Regular', 30, 1905]] },
  { name: 'Perm', description: null, variations: [['Regular', 150, 8800]] },
];
const STAFF = [
  { name: 'Ada Lovell', bookable: true },
  { name: 'Ben Okonkwo', bookable: true },
  { name: 'Chloé 🌿', bookable: true },
  { name: 'Dariusz Wiśniewski', bookable: true },
  { name: 'Front desk', bookable: false },
];

/** Fills an account: the same seed gives the same people and appointments, around the day of the start. */
export function seedSeller(seller: Seller, seed: number, contacts: number): void {
  const random = new Random(seed);
  const now = Math.floor(seller.clock.now() / MINUTE) * MINUTE;
  for (const { name, bookable } of STAFF) seller.staff.push({ id: seller.newId('TM', 14), name, bookable });
  seedServices(seller, now);
  const customers = Array.from({ length: contacts }, (_, index) => seedCustomer(seller, random, index, now));
  seedBookings(seller, random, customers, now);
}

function seedServices(seller: Seller, now: number): void {
  const bookable = seller.staff.filter((person) => person.bookable).map(({ id }) => id);
  const second = seller.locations[1]?.id;
  for (const [index, { name, description, variations }] of SERVICES.entries()) {
    const updatedAt = now - (40 + index) * DAY;
    // The fifth is done by one person only, the sixth at the second location only.
    const staff = index === 4 ? bookable.slice(0, 1) : bookable;
    seller.items.push({
      id: seller.newId('I', 23),
      name,
      description,
      // The last one is not offered any more.
      archived: index === SERVICES.length - 1,
      deleted: false,
      version: seller.newCatalogVersion(),
      updatedAt,
      variations: variations.map(([variation, minutes, price], position) => ({
        id: seller.newId('V', 23),
        name: variation,
        minutes,
        price: price === 0 ? null : price,
        availableForBooking: !(index === 2 && position === 1),
        staff: [...staff],
        version: seller.newCatalogVersion(),
        updatedAt,
        locations: index === 5 && second !== undefined ? [second] : null,
      })),
    });
  }
}

/** Every 50th or so shares its time of creation with the one before: an import. */
function seedCustomer(seller: Seller, random: Random, index: number, now: number): Customer {
  const { firstname, lastname, email, phone, mobilephone, company } = seedPerson(random, index);
  const members: Customer['members'] = {};
  if (firstname) members.given_name = firstname;
  if (lastname) members.family_name = lastname;
  if (email) members.email_address = email;
  if (phone || mobilephone) members.phone_number = phone || mobilephone || '';
  if (company) members.company_name = company;
  const createdAt =
    index < 8 ? now - 400 * DAY : now - 390 * DAY + index * 7 * MINUTE - (index % 50 === 0 ? 7 * MINUTE : 0);
  const source = random.pick(['APPOINTMENTS', 'DIRECTORY', 'IMPORT', 'THIRD_PARTY']);
  const customer = seller.addCustomer(members, source, createdAt);
  customer.updatedAt = Math.max(createdAt, now - random.int(2 * DAY, 300 * DAY));
  customer.version = random.int(0, 9);
  customer.shadow = null;
  return customer;
}

function seedBookings(seller: Seller, random: Random, customers: readonly Customer[], now: number): void {
  const count = Math.min(MOST_BOOKINGS, Math.max(40, customers.length * 4));
  const offered = seller.items.flatMap(({ variations }) => variations);
  for (let index = 0; index < count; index++) {
    const days = random.chance(0.8) ? random.int(-45, 60) : random.int(-PAST_DAYS, FUTURE_DAYS);
    const location = seller.locations[random.chance(0.85) ? 0 : 1] ?? seller.locations[0];
    if (!location) return;
    const segments = seedSegments(random, index, offered, seller);
    const startAt = freeStart(
      seller,
      random,
      segments,
      addDays(dateIn(now, location.timezone), days),
      location.timezone,
    );
    if (startAt === null) continue;
    const customer = customers.length === 0 || index % 40 === 39 ? null : random.pick(customers);
    const madeAt = Math.min(now - 2 * DAY, startAt - random.int(1, 30) * DAY);
    load(seller, madeAt, {
      status: seedStatus(random, startAt < now),
      startAt,
      locationId: location.id,
      customerId: customer?.id ?? null,
      customerNote: random.chance(0.1) ? random.pick(['left side entrance', 'Allergic to ammonia', '☕ please']) : null,
      allDay: false,
      segments,
      source: random.pick(['API', 'FIRST_PARTY_MERCHANT', 'FIRST_PARTY_BUYER']),
    });
  }
  seedOddBookings(seller, customers, now);
}

/** What lists are full of besides ordinary appointments, and two from long ago. */
function seedOddBookings(seller: Seller, customers: readonly Customer[], now: number): void {
  const [location] = seller.locations;
  const frontDesk = seller.staff.at(-1);
  if (!location || !frontDesk) return;
  const common = { locationId: location.id, customerNote: null, source: 'FIRST_PARTY_MERCHANT' as const };
  const opening = (days: number): number => {
    const date = addDays(dateIn(now, location.timezone), days);
    return (openOn(date, location.timezone) ?? openOn(addDays(date, 1), location.timezone))?.from ?? now;
  };
  const segments = [{ team_member_id: frontDesk.id }];
  const customerId = customers[0]?.id ?? null;
  load(seller, now - 9 * DAY, {
    ...common,
    status: 'ACCEPTED',
    startAt: opening(5),
    customerId: null,
    allDay: true,
    segments,
  });
  for (const days of [-120, -200]) {
    const startAt = opening(days);
    const old = [{ team_member_id: frontDesk.id, duration_minutes: 30 }];
    load(seller, startAt - DAY, { ...common, status: 'ACCEPTED', startAt, customerId, allDay: false, segments: old });
  }
}

/** Most have one service; some two with a pause between; those made in the dashboard may name none. */
function seedSegments(random: Random, index: number, offered: readonly Variation[], seller: Seller): Segment[] {
  const variation = random.pick(offered);
  const who = random.pick(variation.staff);
  if (index % 9 === 3) return [{ team_member_id: who, duration_minutes: random.pick([20, 45, 75]) }];
  const segment: Segment = {
    duration_minutes: variation.minutes,
    service_variation_id: variation.id,
    service_variation_version: variation.version,
    team_member_id: who,
    any_team_member: random.chance(0.3),
  };
  if (index % 12 !== 5) return [segment];
  const next = seller.items[1]?.variations[0];
  if (!next) return [segment];
  return [
    { ...segment, intermission_minutes: 15 },
    {
      duration_minutes: next.minutes,
      service_variation_id: next.id,
      service_variation_version: next.version,
      team_member_id: random.pick(next.staff),
    },
  ];
}

function seedStatus(random: Random, past: boolean): BookingStatus {
  const draw = random.next();
  if (draw < 0.05) return 'CANCELLED_BY_SELLER';
  if (draw < 0.12) return 'CANCELLED_BY_CUSTOMER';
  if (draw < 0.15) return 'DECLINED';
  if (past) return draw < 0.22 ? 'NO_SHOW' : 'ACCEPTED';
  return draw < 0.2 ? 'PENDING' : 'ACCEPTED';
}

function freeStart(seller: Seller, random: Random, segments: Segment[], date: string, zone: string): number | null {
  const hours = openOn(date, zone);
  if (!hours) return null;
  const minutes = segments.reduce(
    (sum, { duration_minutes = 0, intermission_minutes = 0 }) => sum + duration_minutes + intermission_minutes,
    0,
  );
  for (let attempt = 0; attempt < 8; attempt++) {
    const startAt = hours.from + random.int(0, 15) * GRID_MINUTES * MINUTE;
    if (fits(hours, startAt, minutes) && !seller.isTaken(segments, startAt, null)) return startAt;
  }
  return null;
}

function load(
  seller: Seller,
  madeAt: number,
  booking: Omit<Booking, 'id' | 'version' | 'createdAt' | 'updatedAt'>,
): void {
  const added = seller.addBooking(booking, madeAt);
  added.version = booking.status === 'ACCEPTED' ? 1 : 2;
}
