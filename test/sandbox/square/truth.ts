import { iso } from '../mechanics/clock.ts';
import { type Customer, type Seller, stretches } from './seller.ts';

/** A customer as Square itself knows them. */
export interface CustomerTruth {
  readonly id: string;
  readonly members: Customer['members'];
  /** Null for what is no number. */
  readonly e164: string | null;
  readonly version: number;
  readonly updatedAt: string;
}

export interface BookingTruth {
  readonly id: string;
  readonly status: string;
  readonly startAt: string;
  readonly endAt: string;
  readonly timeZone: string;
  readonly locationId: string;
  readonly locationName: string;
  readonly customerId: string | null;
  readonly customerNote: string | null;
  readonly allDay: boolean;
  readonly staffIds: readonly string[];
  readonly variationIds: readonly string[];
  readonly version: number;
  readonly updatedAt: string;
}

export interface ServiceTruth {
  /** Of the variation. */
  readonly id: string;
  readonly itemId: string;
  readonly itemName: string;
  readonly variationName: string;
  readonly description: string | null;
  readonly minutes: number;
  /** In the smallest unit. */
  readonly price: number | null;
  readonly staffIds: readonly string[];
  /** Whether customers can book it at the main location. */
  readonly bookable: boolean;
  readonly updatedAt: string;
}

export interface StaffTruth {
  readonly id: string;
  readonly name: string;
  readonly bookable: boolean;
}

export interface LocationTruth {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
}

/** Every live record of a resource; null when there is no such resource. */
export function truthOf(seller: Seller, resource: string): Iterable<unknown> | null {
  switch (resource) {
    case 'customers':
      return customers(seller);
    case 'appointments':
      return bookings(seller);
    case 'services':
      return services(seller);
    case 'staff':
      return seller.staff;
    case 'locations':
      return seller.locations;
    default:
      return null;
  }
}

function customers(seller: Seller): CustomerTruth[] {
  return seller.liveCustomers().map(({ id, members, version, updatedAt }) => {
    const e164 = seller.e164(members.phone_number);
    return { id, members, e164, version, updatedAt: iso(updatedAt) };
  });
}

function bookings(seller: Seller): BookingTruth[] {
  return [...seller.bookings.values()].map((booking) => {
    const location = seller.locations.find(({ id }) => id === booking.locationId);
    const { id, status, startAt, segments, customerId, customerNote, allDay, version, locationId } = booking;
    const ends = stretches(segments, startAt).map(({ to }) => to);
    const unique = (ids: readonly (string | undefined)[]) => [...new Set(ids.filter((one) => one !== undefined))];
    return {
      id,
      status,
      // A booking keeps the id of a profile that was merged; it belongs to the one that it became.
      customerId: customerId === null ? null : (seller.customer(customerId)?.id ?? customerId),
      customerNote,
      allDay,
      version,
      locationId,
      startAt: iso(startAt),
      // The pause after the last segment belongs to the booking, too.
      endAt: iso(Math.max(startAt, ...ends) + (segments.at(-1)?.intermission_minutes ?? 0) * 60_000),
      timeZone: location?.timezone ?? 'UTC',
      locationName: location?.name ?? '',
      staffIds: unique(segments.map((segment) => segment.team_member_id)),
      variationIds: unique(segments.map((segment) => segment.service_variation_id)),
      updatedAt: iso(booking.updatedAt),
    };
  });
}

function services(seller: Seller): ServiceTruth[] {
  const main = seller.locations[0]?.id ?? '';
  return seller.items
    .filter(({ deleted }) => !deleted)
    .flatMap((item) =>
      item.variations.map(({ id, name, minutes, price, staff, updatedAt, availableForBooking, locations }) => ({
        id,
        itemId: item.id,
        itemName: item.name,
        variationName: name,
        description: item.description,
        minutes,
        price,
        staffIds: staff,
        bookable: availableForBooking && !item.archived && (locations?.includes(main) ?? true),
        updatedAt: iso(Math.max(updatedAt, item.updatedAt)),
      })),
    );
}
