/** What people do in a Square account between two syncs. */
import type { SquareControl } from '../../sandbox/square/square-control.ts';
import type {
  BookingTruth,
  CustomerTruth,
  LocationTruth,
  ServiceTruth,
  StaffTruth,
} from '../../sandbox/square/truth.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';
import { count } from '../format.ts';
import { unusedPhone } from './hubspot-people.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The first profiles are the hard cases; they stay as they are, so that each sync meets them. */
const SPECIAL_CUSTOMERS = 12;
/** Bookings beyond these days are changed for themselves: a caller may well ask about them. */
const NEAR_DAYS = 60;

export interface SellerState {
  readonly customers: readonly CustomerTruth[];
  readonly appointments: readonly BookingTruth[];
  readonly services: readonly ServiceTruth[];
  readonly staff: readonly StaffTruth[];
  readonly locations: readonly LocationTruth[];
}

/** Every kind of change. */
export async function changeMuch(square: SquareControl, state: SellerState): Promise<Changes> {
  const people = takerOf(ordinaryCustomers(state.customers), 'customers');
  const deleted = [people.take().id, people.take().id];
  const merged = [people.take().id, people.take().id];
  const { changed } = await square.changeCustomers(
    { note: 'Prefers mornings' },
    { count: Math.ceil(state.customers.length / 2) },
  );
  await square.changeCustomers({ given_name: 'Renée', family_name: 'Ångström-O’Neill' }, { ids: [people.take().id] });
  await square.changeCustomers({ phone_number: '0044 (0)20 7946 0018' }, { ids: [people.take().id] });
  await square.changeCustomers({ email_address: 'Moved.House@Post.example' }, { ids: [people.take().id] });
  await square.changeCustomers({ email_address: '', phone_number: '' }, { ids: [people.take().id] });
  for (const [index, given_name] of ['Ottoline', 'Barnaby', 'Mónica'].entries()) {
    await square.createCustomer({ given_name, phone_number: unusedPhone(110 + index) });
  }
  for (const id of deleted) await square.deleteCustomer(id);
  await square.mergeCustomers(merged);

  const bookings = await changeManyBookings(square, state);
  const catalog = await changeCatalog(square, state);
  return {
    done: [
      `${count(changed)} customers changed in one bulk edit`,
      '4 customers edited: name, phone number, e-mail address; 3 created',
      `${deleted.length} customers deleted, ${merged.length} merged into a new profile`,
      ...bookings,
      ...catalog,
    ],
    unseen: [
      ...deleted.map((id) => ({ resource: 'customers' as const, id, why: 'deleted: no search tells of it' })),
      ...merged.map((id) => ({ resource: 'customers' as const, id, why: 'merged: no search tells of it' })),
    ],
  };
}

/** Later on, without anything that a search could not tell. */
export async function changeLittle(square: SquareControl, state: SellerState): Promise<Changes> {
  const people = takerOf(ordinaryCustomers(state.customers), 'customers');
  const bookings = takerOf(nearBookings(state.appointments), 'bookings');
  await square.changeCustomers({ company_name: 'Quayside Yoga' }, { ids: [people.take().id] });
  await square.changeBooking(bookings.take().id, { status: 'CANCELLED_BY_SELLER' });
  const moved = bookings.take();
  await square.changeBooking(moved.id, { startAt: later(moved, 1) });
  const [service = fail('services')] = state.services;
  await square.changeItem(service.itemId, { price: 3999 });
  return { done: ['1 customer edited; 1 booking cancelled, 1 moved; 1 price raised'], unseen: [] };
}

async function changeManyBookings(square: SquareControl, state: SellerState): Promise<string[]> {
  const near = takerOf(nearBookings(state.appointments), 'bookings');
  const far = state.appointments.filter(({ startAt }) => Date.parse(startAt) > Date.now() + 100 * DAY_MS);
  await square.changeBooking(near.take().id, { status: 'CANCELLED_BY_CUSTOMER' });
  await square.changeBooking(near.take().id, { status: 'CANCELLED_BY_SELLER' });
  await square.changeBooking(near.take().id, { status: 'NO_SHOW' });
  await square.changeBooking(near.take().id, { customerNote: 'Brings a guide dog 🦮' });
  for (const booking of [near.take(), near.take()]) {
    await square.changeBooking(booking.id, { startAt: later(booking, 2) });
  }
  for (const booking of far.slice(0, 2)) await square.changeBooking(booking.id, { startAt: later(booking, 7) });
  const [person = fail('staff')] = state.staff;
  const model = near.take();
  const startAt = later(model, 3);
  await square.createBooking({ teamMemberId: person.id, startAt, minutes: 50 });
  await square.createBooking({
    teamMemberId: person.id,
    startAt,
    ...(model.variationIds[0] === undefined ? {} : { variationId: model.variationIds[0] }),
    ...(model.customerId === null ? {} : { customerId: model.customerId }),
  });
  const [location = fail('locations')] = state.locations;
  await square.changeLocation(location.id, { name: 'Harbour Street, 1st floor' });
  return [
    '2 bookings cancelled, 1 marked as no-show, 1 with a new note, 2 moved; 2 made in the dashboard at one time',
    `${far.slice(0, 2).length} bookings of months ahead moved; a location renamed, so all are listed again`,
  ];
}

async function changeCatalog(square: SquareControl, { services, staff }: SellerState): Promise<string[]> {
  const [renamed = fail('services')] = services;
  const retired = services.at(-1) ?? fail('services');
  await square.changeItem(renamed.itemId, { name: 'Cut & finish' });
  await square.deleteItem(retired.itemId);
  await square.createItem({ name: 'Scalp massage', minutes: 20, price: 1850 });
  const [first = fail('staff'), second = fail('staff')] = staff;
  await square.changeStaff(first.id, { name: 'Ada Lovell-Grey' });
  await square.changeStaff(second.id, { bookable: false });
  await square.createStaff({ name: 'Efua' });
  return ['1 service renamed, 1 deleted, 1 new; 1 of the staff renamed, 1 no longer bookable, 1 new'];
}

function ordinaryCustomers(customers: readonly CustomerTruth[]): CustomerTruth[] {
  return customers.slice(SPECIAL_CUSTOMERS).filter(({ members, e164 }) => members.email_address && e164 !== null);
}

/** Live and to come, well within what incremental syncs list; with a length, so that they can be told apart. */
function nearBookings(bookings: readonly BookingTruth[]): BookingTruth[] {
  const [from, to] = [Date.now() + 7 * DAY_MS, Date.now() + NEAR_DAYS * DAY_MS];
  return bookings.filter(
    ({ startAt, status, allDay }) =>
      status === 'ACCEPTED' && !allDay && Date.parse(startAt) > from && Date.parse(startAt) < to,
  );
}

function later({ startAt }: BookingTruth, days: number): string {
  return new Date(Date.parse(startAt) + days * DAY_MS).toISOString();
}

function takerOf<T>(items: readonly T[], what: string) {
  const left = [...items];
  return { take: (): T => left.shift() ?? fail(what) };
}

function fail(what: string): never {
  throw new DemoError(`the account has too few ${what}`);
}
