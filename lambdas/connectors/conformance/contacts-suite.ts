import { beforeEach, describe, expect, test } from '@jest/globals';
import { contactSchema } from '../../core/model/contact.ts';
import type { IntegrationConnector } from '../connector.ts';
import type { ConformanceFixtures, Exchange } from './fixtures.ts';
import { ProviderWorld } from './provider-world.ts';

export function describeContacts(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const { lookup, create: creation } = fixtures;
  let world: ProviderWorld;

  beforeEach(() => {
    world = new ProviderWorld(create(), fixtures);
  });

  if (lookup) {
    describe('looking a caller up', () => {
      const { query, known, id, unknown, stranger } = lookup;
      const find = async () => world.connector.lookupContact?.(await world.session(), query);

      test('finds whom the provider knows, once', async () => {
        world.api = known;
        const found = await find();
        expect(found?.map((record) => record.id)).toEqual([id]);
        for (const record of found ?? []) {
          expect(contactSchema.parse(record.data)).toEqual(record.data);
          const matches =
            record.data.phones.some(({ e164 }) => e164 === query.phone) ||
            (query.email !== null && record.data.emails.includes(query.email));
          expect(matches).toBe(true);
        }
      });

      test('finds nobody where there is nobody', async () => {
        world.api = unknown;
        expect(await find()).toEqual([]);
      });

      test('does not take a stranger for the caller, whatever the search shows', async () => {
        world.api = stranger;
        expect(await find()).toEqual([]);
      });

      test.each([500, 403, 429])('does not take %d for nobody', async (status) => {
        world.api = () => ({ status, body: {} });
        await expect(find()).rejects.toMatchObject({ name: 'HubError' });
      });

      test('does not begin what cannot be done in time', async () => {
        world.api = known;
        const session = await world.session('live_read', 5);
        await expect(world.connector.lookupContact?.(session, query)).rejects.toMatchObject({
          code: 'deadline_exceeded',
        });
        expect(world.exchanges).toEqual([]);
      });
    });
  }

  if (creation) {
    describe('creating a contact', () => {
      const keep = async () => world.connector.createContact?.(await world.session('live_write'), creation.contact);
      const isRead = ({ method, url }: Exchange) => method === 'GET' || /\/search$/.test(url.pathname);
      const writes = () => world.exchanges.filter((exchange) => !isRead(exchange));

      test('answers with the new contact', async () => {
        world.api = creation.created;
        const answer = await keep();
        expect(answer).toMatchObject({ created: true, record: { id: creation.createdId } });
        expect(contactSchema.parse(answer?.record.data)).toEqual(answer?.record.data);
      });

      test('answers with the contact that is there already', async () => {
        world.api = creation.existing;
        expect(await keep()).toMatchObject({ created: false, record: { id: creation.existingId } });
      });

      test.each([500, 502])('does not repeat a write that may have been carried out: %d', async (status) => {
        // Some providers must be asked who is there already.
        world.api = (exchange) => (isRead(exchange) ? creation.created(exchange) : { status, body: {} });
        await expect(keep()).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: true });
        expect(writes()).toHaveLength(1);
      });
    });
  }
}
