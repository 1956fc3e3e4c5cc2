import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { iso, type SandboxClock } from '../mechanics/clock.ts';
import type { SquareSettings } from './settings.ts';
import type { SellerEvent } from './webhook-delivery.ts';

export interface Location {
  readonly id: string;
  name: string;
  timezone: string;
  status: 'ACTIVE' | 'INACTIVE';
}

export const CUSTOMER_MEMBERS = [
  'given_name',
  'family_name',
  'nickname',
  'company_name',
  'email_address',
  'phone_number',
  'note',
  'reference_id',
] as const;
export type CustomerMember = (typeof CUSTOMER_MEMBERS)[number];

export interface Customer {
  readonly id: string;
  members: Partial<Record<CustomerMember, string>>;
  readonly createdAt: number;
  updatedAt: number;
  version: number;
  readonly creationSource: string;
  state: 'live' | 'deleted';
  /** The profile that this one has become part of. */
  mergedInto: string | null;
  /** What searches go on showing until then. */
  shadow: { readonly until: number; readonly shown: object | null } | null;
}

export interface Segment {
  team_member_id: string;
  duration_minutes?: number;
  intermission_minutes?: number;
  service_variation_id?: string;
  service_variation_version?: number;
  any_team_member?: boolean;
}

export type BookingStatus =
  | 'PENDING'
  | 'ACCEPTED'
  | 'DECLINED'
  | 'CANCELLED_BY_CUSTOMER'
  | 'CANCELLED_BY_SELLER'
  | 'NO_SHOW';

export interface Booking {
  readonly id: string;
  version: number;
  status: BookingStatus;
  /** Epoch ms. */
  startAt: number;
  readonly locationId: string;
  customerId: string | null;
  customerNote: string | null;
  readonly allDay: boolean;
  segments: Segment[];
  readonly createdAt: number;
  updatedAt: number;
  readonly source: 'API' | 'FIRST_PARTY_MERCHANT' | 'FIRST_PARTY_BUYER';
}

export interface Variation {
  readonly id: string;
  name: string;
  minutes: number;
  /** Pennies; null: the price is agreed on the spot. */
  price: number | null;
  availableForBooking: boolean;
  staff: string[];
  version: number;
  updatedAt: number;
  /** Null: everywhere. */
  readonly locations: readonly string[] | null;
}

export interface Item {
  readonly id: string;
  name: string;
  description: string | null;
  archived: boolean;
  deleted: boolean;
  version: number;
  updatedAt: number;
  variations: Variation[];
}

export interface TeamMember {
  readonly id: string;
  name: string;
  bookable: boolean;
}

const MINUTE = 60_000;
/** No booking is longer. */
const LONGEST_MS = 24 * 60 * MINUTE;

/** What one Square account holds, and what happens to it. */
export class Seller {
  readonly merchantId: string;
  readonly name: string;
  readonly country: string;
  readonly currency: string;
  readonly clock: SandboxClock;
  readonly settings: SquareSettings;
  readonly locations: Location[] = [];
  readonly customers = new Map<string, Customer>();
  readonly bookings = new Map<string, Booking>();
  readonly items: Item[] = [];
  readonly staff: TeamMember[] = [];
  /** Answers of writes by their keys, with the request that they belong to. */
  readonly answered = new Map<string, { readonly request: string; readonly id: string }>();
  /** Told of everything that happens in the account. */
  onEvent: (event: SellerEvent) => void = () => undefined;
  #lastId = 0;
  #lastVersion = 1_791_000_000_000;

  constructor(
    account: { merchantId: string; name: string; country: string; currency: string },
    clock: SandboxClock,
    settings: SquareSettings,
  ) {
    this.merchantId = account.merchantId;
    this.name = account.name;
    this.country = account.country;
    this.currency = account.currency;
    this.clock = clock;
    this.settings = settings;
  }

  /** Ids look scrambled, as Square's do, and are the same in every sandbox with the same seed. */
  newId(prefix: string, length = 20): string {
    this.#lastId += 1;
    const scrambled = (BigInt(this.#lastId) * 0x9e3779b97f4a7c15n + 0x632be59bd9b4e019n) & ((1n << 80n) - 1n);
    return `${prefix}${scrambled.toString(36).toUpperCase().padStart(length, '0').slice(-length)}`;
  }

  /** Catalog versions rise over the whole catalog. */
  newCatalogVersion(): number {
    this.#lastVersion += 1;
    return this.#lastVersion;
  }

  /** @param context what the event says besides the profile. */
  addCustomer(
    members: Customer['members'],
    creationSource: string,
    createdAt = this.clock.now(),
    context: (id: string) => object = () => ({}),
  ): Customer {
    const customer: Customer = {
      id: this.newId('C'),
      members: withoutEmpty(members),
      createdAt,
      updatedAt: createdAt,
      version: 0,
      creationSource,
      state: 'live',
      mergedInto: null,
      shadow: null,
    };
    this.customers.set(customer.id, customer);
    this.#shade(customer, null);
    const object = { customer: this.customerBody(customer), ...context(customer.id) };
    this.onEvent({ type: 'customer.created', id: customer.id, object });
    return customer;
  }

  /** An empty value clears a member. */
  changeCustomer(customer: Customer, members: Customer['members']): void {
    const before = this.customerBody(customer);
    customer.members = withoutEmpty({ ...customer.members, ...members });
    customer.version += 1;
    customer.updatedAt = this.clock.now();
    this.#shade(customer, before);
    this.onEvent({ type: 'customer.updated', id: customer.id, object: { customer: this.customerBody(customer) } });
  }

  deleteCustomer(customer: Customer, mergedInto: string | null = null, context: object = {}): void {
    const before = this.customerBody(customer);
    customer.state = 'deleted';
    customer.mergedInto = mergedInto;
    this.#shade(customer, before);
    this.onEvent({ type: 'customer.deleted', id: customer.id, object: { customer: before, ...context } });
  }

  /** The profile behind an id; that of a merged one is the profile that it became. */
  customer(id: string): Customer | null {
    const customer = this.customers.get(id);
    if (customer?.mergedInto) return this.customer(customer.mergedInto);
    return customer?.state === 'live' ? customer : null;
  }

  liveCustomers(): Customer[] {
    return [...this.customers.values()].filter(({ state }) => state === 'live');
  }

  /** What lists and searches show of the customers; changes become visible after a while. */
  shownCustomers(): { readonly customer: Customer; readonly body: object }[] {
    const now = this.clock.now();
    return [...this.customers.values()].flatMap((customer) => {
      const shadowed = customer.shadow !== null && customer.shadow.until > now;
      const live = customer.state === 'live' ? this.customerBody(customer) : null;
      const body = shadowed ? (customer.shadow?.shown ?? null) : live;
      return body === null ? [] : [{ customer, body }];
    });
  }

  customerBody(customer: Customer): object {
    return {
      id: customer.id,
      created_at: iso(customer.createdAt),
      updated_at: new Date(customer.updatedAt).toISOString(),
      ...customer.members,
      preferences: { email_unsubscribed: false },
      creation_source: customer.creationSource,
      version: customer.version,
    };
  }

  /** In E.164, as Square compares numbers; null for what is none. */
  e164(phone: string | undefined): string | null {
    const parsed = parsePhoneNumberFromString(phone ?? '', this.country === 'US' ? 'US' : 'GB');
    return parsed?.isPossible() ? parsed.number : null;
  }

  /** Catches bookings that would have one person in two places. */
  isTaken(segments: readonly Segment[], startAt: number, except: string | null): boolean {
    const wanted = stretches(segments, startAt);
    return [...this.bookings.values()].some(
      (booking) =>
        booking.id !== except &&
        Math.abs(booking.startAt - startAt) < LONGEST_MS &&
        (booking.status === 'ACCEPTED' || booking.status === 'PENDING') &&
        stretches(booking.segments, booking.startAt).some((held) =>
          wanted.some(({ who, from, to }) => who === held.who && from < held.to && held.from < to),
        ),
    );
  }

  addBooking(
    booking: Omit<Booking, 'id' | 'version' | 'createdAt' | 'updatedAt'>,
    createdAt = this.clock.now(),
  ): Booking {
    const added = { ...booking, id: this.newId('bk', 14).toLowerCase(), version: 0, createdAt, updatedAt: createdAt };
    this.bookings.set(added.id, added);
    this.#tell('booking.created', added);
    return added;
  }

  changeBooking(
    booking: Booking,
    change: Partial<Pick<Booking, 'startAt' | 'segments' | 'status' | 'customerNote'>>,
  ): void {
    Object.assign(booking, change);
    booking.version += 1;
    booking.updatedAt = this.clock.now();
    this.#tell('booking.updated', booking);
  }

  bookingBody(booking: Booking): object {
    return {
      id: booking.id,
      version: booking.version,
      status: booking.status,
      created_at: iso(booking.createdAt).replace(/\.\d+Z$/, 'Z'),
      updated_at: iso(booking.updatedAt),
      start_at: iso(booking.startAt).replace(/\.\d+Z$/, 'Z'),
      location_id: booking.locationId,
      ...(booking.customerId === null ? {} : { customer_id: booking.customerId }),
      ...(booking.customerNote === null ? {} : { customer_note: booking.customerNote }),
      appointment_segments: booking.segments,
      transition_time_minutes: 0,
      all_day: booking.allDay,
      location_type: 'BUSINESS_LOCATION',
      creator_details: { creator_type: booking.source === 'FIRST_PARTY_MERCHANT' ? 'TEAM_MEMBER' : 'CUSTOMER' },
      source: booking.source,
    };
  }

  variation(id: string | undefined): Variation | null {
    const variations = this.items.filter(({ deleted }) => !deleted).flatMap((item) => item.variations);
    return variations.find((variation) => variation.id === id) ?? null;
  }

  /** An event's id names the booking's version, too. */
  #tell(type: string, booking: Booking): void {
    const object = { booking: this.bookingBody(booking) };
    this.onEvent({ type, id: `${booking.id}:${booking.version}`, object });
  }

  /** What was visible first stays visible until the lag of the first change is over. */
  #shade(customer: Customer, shown: object | null): void {
    const now = this.clock.now();
    if (customer.shadow && customer.shadow.until > now) return;
    customer.shadow = { until: now + this.settings.searchLagMs, shown };
  }
}

/** Who is busy from when to when. */
export function stretches(segments: readonly Segment[], startAt: number): { who: string; from: number; to: number }[] {
  let from = startAt;
  return segments.map(({ team_member_id: who, duration_minutes = 0, intermission_minutes = 0 }) => {
    const to = from + duration_minutes * MINUTE;
    const stretch = { who, from, to };
    from = to + intermission_minutes * MINUTE;
    return stretch;
  });
}

function withoutEmpty(members: Customer['members']): Customer['members'] {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''));
}
