import * as z from 'zod';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import { SquareFailure } from './errors.ts';
import { mergeCustomers } from './merging.ts';
import { type Booking, CUSTOMER_MEMBERS, type Item, type Seller, type TeamMember } from './seller.ts';

const account = z.string().optional();
const id = z.string().min(1);
const instant = z.iso.datetime({ offset: true });
const members = z.partialRecord(z.enum(CUSTOMER_MEMBERS), z.string());

const oneSchema = z.strictObject({ account, id });
const customerSchema = z.strictObject({ account, members });
const customerChangeSchema = z.strictObject({
  account,
  /** Left out: the first `count` profiles. */
  ids: z.array(id).optional(),
  count: z.int().min(0).optional(),
  members,
});
const mergeSchema = z.strictObject({ account, ids: z.array(id).min(2) });
const bookingSchema = z.strictObject({
  account,
  customerId: id.nullable().default(null),
  /** Left out: a dashboard booking without a service. */
  variationId: id.optional(),
  teamMemberId: id,
  startAt: instant,
  minutes: z.int().min(1).default(30),
  locationId: id.optional(),
});
const bookingChangeSchema = z.strictObject({
  account,
  id,
  startAt: instant.optional(),
  status: z
    .enum(['PENDING', 'ACCEPTED', 'DECLINED', 'CANCELLED_BY_CUSTOMER', 'CANCELLED_BY_SELLER', 'NO_SHOW'])
    .optional(),
  customerNote: z.string().optional(),
});
const itemSchema = z.strictObject({ account, name: z.string(), minutes: z.int().min(1), price: z.int().nullable() });
const itemChangeSchema = z.strictObject({
  account,
  id,
  name: z.string().optional(),
  archived: z.boolean().optional(),
  price: z.int().optional(),
});
const staffSchema = z.strictObject({ account, name: z.string(), bookable: z.boolean().default(true) });
const staffChangeSchema = z.strictObject({
  account,
  id,
  name: z.string().optional(),
  bookable: z.boolean().optional(),
});
const locationSchema = z.strictObject({ account, id, name: z.string().optional(), timezone: z.string().optional() });

type Edits = Readonly<Record<string, (input: unknown) => unknown>>;

/** What people do in the Square Dashboard while the hub is connected. */
export function squareEdits(sellers: readonly Seller[]): Edits {
  const sellerOf = (input: { account?: string | undefined }): Seller => {
    const seller =
      input.account === undefined ? sellers[0] : sellers.find(({ merchantId }) => merchantId === input.account);
    if (!seller) throw new EditError(`no such account: ${input.account}`);
    return seller;
  };
  return refusalsAsEditErrors(SquareFailure, {
    ...customerEdits(sellerOf),
    ...bookingEdits(sellerOf),
    ...catalogEdits(sellerOf),
    revoked: (input) => {
      const seller = sellerOf(z.strictObject({ account }).parse(input));
      const revocation = { revoker_type: 'MERCHANT', revoked_at: new Date().toISOString() };
      seller.onEvent({ type: 'oauth.authorization.revoked', id: seller.newId('R'), object: { revocation } });
    },
  });
}

type SellerOf = (input: { account?: string | undefined }) => Seller;

function customerEdits(sellerOf: SellerOf): Edits {
  const find = (seller: Seller, wanted: string) =>
    seller.liveCustomers().find((customer) => customer.id === wanted) ?? missing('customer', wanted);
  return {
    createCustomer(input) {
      const wanted = customerSchema.parse(input);
      return { id: sellerOf(wanted).addCustomer(wanted.members, 'DIRECTORY').id };
    },
    changeCustomers(input) {
      const wanted = customerChangeSchema.parse(input);
      const seller = sellerOf(wanted);
      const all = wanted.ids?.map((one) => find(seller, one)) ?? seller.liveCustomers();
      const chosen = all.slice(0, wanted.count ?? all.length);
      for (const customer of chosen) seller.changeCustomer(customer, wanted.members);
      return { changed: chosen.length };
    },
    deleteCustomer(input) {
      const wanted = oneSchema.parse(input);
      const seller = sellerOf(wanted);
      seller.deleteCustomer(find(seller, wanted.id));
    },
    mergeCustomers(input) {
      const wanted = mergeSchema.parse(input);
      const seller = sellerOf(wanted);
      return {
        id: mergeCustomers(
          seller,
          wanted.ids.map((one) => find(seller, one)),
        ).id,
      };
    },
  };
}

function bookingEdits(sellerOf: SellerOf): Edits {
  const find = (seller: Seller, wanted: string): Booking => seller.bookings.get(wanted) ?? missing('booking', wanted);
  return {
    /** In the dashboard: nothing is checked, double bookings included. */
    createBooking(input) {
      const wanted = bookingSchema.parse(input);
      const seller = sellerOf(wanted);
      const variation = wanted.variationId === undefined ? null : seller.variation(wanted.variationId);
      const [main] = seller.locations;
      const booking = seller.addBooking({
        status: 'ACCEPTED',
        startAt: Date.parse(wanted.startAt),
        locationId: wanted.locationId ?? main?.id ?? missing('location', 'main'),
        customerId: wanted.customerId,
        customerNote: null,
        allDay: false,
        segments: [
          {
            team_member_id: wanted.teamMemberId,
            duration_minutes: variation?.minutes ?? wanted.minutes,
            ...(variation ? { service_variation_id: variation.id, service_variation_version: variation.version } : {}),
          },
        ],
        source: 'FIRST_PARTY_MERCHANT',
      });
      return { id: booking.id };
    },
    changeBooking(input) {
      const { startAt, status, customerNote, ...wanted } = bookingChangeSchema.parse(input);
      const seller = sellerOf(wanted);
      seller.changeBooking(find(seller, wanted.id), {
        ...(startAt === undefined ? {} : { startAt: Date.parse(startAt) }),
        ...(status === undefined ? {} : { status }),
        ...(customerNote === undefined ? {} : { customerNote }),
      });
    },
  };
}

function catalogEdits(sellerOf: SellerOf): Edits {
  const item = (seller: Seller, wanted: string): Item =>
    seller.items.find((one) => one.id === wanted && !one.deleted) ?? missing('item', wanted);
  const person = (seller: Seller, wanted: string): TeamMember =>
    seller.staff.find((one) => one.id === wanted) ?? missing('team member', wanted);
  const catalogChanged = (seller: Seller) => {
    const object = { catalog_version: { updated_at: new Date(seller.clock.now()).toISOString() } };
    seller.onEvent({ type: 'catalog.version.updated', id: '', object });
  };
  return {
    createItem(input) {
      const { name, minutes, price, ...wanted } = itemSchema.parse(input);
      const seller = sellerOf(wanted);
      const updatedAt = seller.clock.now();
      const staff = seller.staff.filter(({ bookable }) => bookable).map((one) => one.id);
      const variation = {
        id: seller.newId('V', 23),
        name: 'Regular',
        minutes,
        price,
        availableForBooking: true,
        staff,
      };
      const itemId = seller.newId('I', 23);
      seller.items.push({
        id: itemId,
        name,
        description: null,
        archived: false,
        deleted: false,
        version: seller.newCatalogVersion(),
        updatedAt,
        variations: [{ ...variation, version: seller.newCatalogVersion(), updatedAt, locations: null }],
      });
      catalogChanged(seller);
      return { id: itemId, variationId: variation.id };
    },
    changeItem(input) {
      const { name, archived, price, ...wanted } = itemChangeSchema.parse(input);
      const seller = sellerOf(wanted);
      const changed = item(seller, wanted.id);
      if (name !== undefined) changed.name = name;
      if (archived !== undefined) changed.archived = archived;
      changed.version = seller.newCatalogVersion();
      changed.updatedAt = seller.clock.now();
      for (const variation of price === undefined ? [] : changed.variations) {
        variation.price = price ?? null;
        variation.version = seller.newCatalogVersion();
        variation.updatedAt = changed.updatedAt;
      }
      catalogChanged(seller);
    },
    deleteItem(input) {
      const wanted = oneSchema.parse(input);
      const seller = sellerOf(wanted);
      item(seller, wanted.id).deleted = true;
      catalogChanged(seller);
    },
    createStaff(input) {
      const { name, bookable, ...wanted } = staffSchema.parse(input);
      const seller = sellerOf(wanted);
      const added = { id: seller.newId('TM', 14), name, bookable };
      seller.staff.push(added);
      seller.onEvent({ type: 'team_member.created', id: added.id, object: { team_member: { id: added.id } } });
      return { id: added.id };
    },
    changeStaff(input) {
      const { name, bookable, ...wanted } = staffChangeSchema.parse(input);
      const seller = sellerOf(wanted);
      const changed = person(seller, wanted.id);
      if (name !== undefined) changed.name = name;
      if (bookable !== undefined) changed.bookable = bookable;
      seller.onEvent({ type: 'team_member.updated', id: changed.id, object: { team_member: { id: changed.id } } });
    },
    changeLocation(input) {
      const { name, timezone, ...wanted } = locationSchema.parse(input);
      const seller = sellerOf(wanted);
      const location = seller.locations.find((one) => one.id === wanted.id) ?? missing('location', wanted.id);
      if (name !== undefined) location.name = name;
      if (timezone !== undefined) location.timezone = timezone;
      seller.onEvent({ type: 'location.updated', id: location.id, object: {} });
    },
  };
}

function missing(what: string, wanted: string): never {
  throw new EditError(`no such ${what}: ${wanted}`);
}
