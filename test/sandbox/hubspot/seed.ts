import { Random } from '../mechanics/random.ts';
import { compact, withCalculated } from './properties.ts';
import { seedPerson } from './seed-people.ts';
import type { HubSpotStore } from './store.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Ids pass from eight to nine digits early on: whoever sorts them as text gets the order wrong. */
const FIRST_ID = 99_999_700;
/** From this many contacts on, a bulk edit has put more of them on one timestamp than a search can page through. */
const BULK_EDIT_FROM = 10_000;
const BULK_EDIT_SHARE = 0.6;

/** Fills a portal: the same seed gives the same people, with dates counted back from now. */
export function seedPortal(store: HubSpotStore, seed: number, contacts: number, deals: number): void {
  const random = new Random(seed);
  const now = Math.floor(store.clock.now() / MINUTE) * MINUTE;
  const bulkEdited =
    contacts > BULK_EDIT_FROM ? Math.max(Math.ceil(contacts * BULK_EDIT_SHARE), BULK_EDIT_FROM + 1) : 0;
  const contactIds: number[] = [];
  let id = FIRST_ID;
  for (let index = 0; index < contacts; index++) {
    const createdAt = now - random.int(4 * DAY, 900 * DAY);
    const updatedAt = index < bulkEdited ? now - 2 * DAY : now - random.int(2 * DAY, 4 * DAY) + random.int(1, 999);
    store.load('contacts', { id, createdAt, updatedAt, properties: seedPerson(random, index) });
    contactIds.push(id);
    id += random.int(1, 40);
  }
  seedDeals(store, random, now, contactIds, deals);
}

function seedDeals(
  store: HubSpotStore,
  random: Random,
  now: number,
  contactIds: readonly number[],
  count: number,
): void {
  let id = FIRST_ID;
  for (let index = 0; index < count; index++) {
    const createdAt = now - random.int(4 * DAY, 300 * DAY);
    const pipeline = random.chance(0.8) ? store.pipelines[0] : store.pipelines[1];
    const properties = compact({
      dealname: `${random.pick(['Wedding hair', 'Colour course', 'Bridal party', 'Membership', 'Gift vouchers'])} ${index + 1}`,
      amount: random.chance(0.9) ? `${random.int(20, 4000)}${random.pick(['', '.50', '.00'])}` : null,
      deal_currency_code: 'GBP',
      pipeline: pipeline?.id,
      dealstage: pipeline && random.pick(pipeline.stages).id,
      closedate: random.chance(0.8) ? new Date(now + random.int(-90 * DAY, 90 * DAY)).toISOString() : null,
      hubspot_owner_id: random.chance(0.5) ? '7130021' : null,
    });
    store.load('deals', {
      id,
      createdAt,
      updatedAt: now - random.int(2 * DAY, 4 * DAY) + random.int(1, 999),
      properties: withCalculated('deals', properties, store.pipelines),
      contactIds: linkedContacts(random, index, contactIds),
    });
    id += random.int(1, 40);
  }
}

/** The first deal belongs to several people and the second to nobody; of the rest most have one contact. */
function linkedContacts(random: Random, index: number, contactIds: readonly number[]): number[] {
  if (index === 0) return contactIds.slice(0, 3);
  if (index === 1 || contactIds.length === 0 || random.chance(0.05)) return [];
  const first = random.pick(contactIds);
  return random.chance(0.08) ? [...new Set([first, random.pick(contactIds)])] : [first];
}
