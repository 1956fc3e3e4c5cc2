import type { Hono } from 'hono';
import * as z from 'zod';
import { iso } from '../mechanics/clock.ts';
import { notFound } from './errors.ts';
import type { Guard, SquareEnv } from './guard.ts';
import { limitOf, pageOf } from './paging.ts';
import { jsonOf } from './request-json.ts';
import type { Item, Location, Seller, Variation } from './seller.ts';

const searchSchema = z.looseObject({
  product_types: z.array(z.string()).optional(),
  enabled_location_ids: z.array(z.string()).optional(),
  limit: z.unknown().optional(),
  cursor: z.string().optional(),
});

/** Catalog, locations and the merchant itself. */
export function addCatalogRoutes(app: Hono<SquareEnv>, guard: Guard): void {
  app.post('/v2/catalog/search-catalog-items', guard.require('ITEMS_READ'), async (c) => {
    const { product_types: types, enabled_location_ids: at, limit, cursor } = await jsonOf(c, searchSchema);
    const seller = c.get('seller');
    const wanted = !types || types.includes('APPOINTMENTS_SERVICE');
    const rows = seller.items.filter(
      (item) => wanted && !item.deleted && (!at || item.variations.some((variation) => isAt(variation, at))),
    );
    const keyOf = ({ id }: Item) => id;
    const page = pageOf({
      rows: rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      keyOf,
      limit: limitOf(limit, 100),
      cursor,
      query: [types, at],
      now: seller.clock.now(),
      cursorMs: seller.settings.cursorMs,
    });
    return c.json({
      ...(page.rows.length === 0 ? {} : { items: page.rows.map((item) => itemBody(seller, item)) }),
      ...(page.cursor ? { cursor: page.cursor } : {}),
    });
  });

  app.get('/v2/locations', guard.require('MERCHANT_PROFILE_READ'), (c) => {
    const seller = c.get('seller');
    return c.json({ locations: seller.locations.map((location) => locationBody(seller, location)) });
  });

  app.get('/v2/locations/:id', guard.require('MERCHANT_PROFILE_READ'), (c) => {
    const seller = c.get('seller');
    const location = seller.locations.find(({ id }) => id === c.req.param('id'));
    if (!location) throw notFound('The location');
    return c.json({ location: locationBody(seller, location) });
  });

  app.get('/v2/merchants/:id', guard.require('MERCHANT_PROFILE_READ'), (c) => {
    const seller = c.get('seller');
    if (c.req.param('id') !== 'me' && c.req.param('id') !== seller.merchantId) throw notFound('The merchant');
    return c.json({
      merchant: {
        id: seller.merchantId,
        business_name: seller.name,
        country: seller.country,
        language_code: seller.country === 'US' ? 'en-US' : 'en-GB',
        currency: seller.currency,
        status: 'ACTIVE',
        main_location_id: seller.locations[0]?.id,
        created_at: '2024-02-01T09:00:00Z',
      },
    });
  });
}

export function itemBody(seller: Seller, item: Item): object {
  return {
    type: 'ITEM',
    id: item.id,
    updated_at: iso(item.updatedAt),
    version: item.version,
    is_deleted: item.deleted,
    present_at_all_locations: true,
    item_data: {
      name: item.name,
      ...(item.description === null ? {} : { description: item.description, description_plaintext: item.description }),
      product_type: 'APPOINTMENTS_SERVICE',
      is_archived: item.archived,
      variations: item.variations.map((variation) => variationBody(seller, item, variation)),
    },
  };
}

function variationBody(seller: Seller, item: Item, variation: Variation): object {
  return {
    type: 'ITEM_VARIATION',
    id: variation.id,
    updated_at: iso(variation.updatedAt),
    version: variation.version,
    is_deleted: false,
    present_at_all_locations: variation.locations === null,
    ...(variation.locations === null ? {} : { present_at_location_ids: variation.locations }),
    item_variation_data: {
      item_id: item.id,
      name: variation.name,
      ordinal: item.variations.indexOf(variation),
      pricing_type: variation.price === null ? 'VARIABLE_PRICING' : 'FIXED_PRICING',
      ...(variation.price === null ? {} : { price_money: { amount: variation.price, currency: seller.currency } }),
      service_duration: variation.minutes * 60_000,
      available_for_booking: variation.availableForBooking,
      sellable: true,
      stockable: true,
      team_member_ids: variation.staff,
    },
  };
}

function locationBody(seller: Seller, { id, name, timezone, status }: Location): object {
  return {
    id,
    name,
    timezone,
    status,
    created_at: '2024-02-01T09:00:00Z',
    merchant_id: seller.merchantId,
    country: seller.country,
    language_code: seller.country === 'US' ? 'en-US' : 'en-GB',
    currency: seller.currency,
    business_name: seller.name,
    type: 'PHYSICAL',
  };
}

function isAt({ locations }: Variation, wanted: readonly string[]): boolean {
  return locations === null || locations.some((id) => wanted.includes(id));
}
