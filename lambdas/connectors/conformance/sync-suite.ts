import { beforeEach, describe, expect, test } from '@jest/globals';
import { contactSchema } from '../../core/model/contact.ts';
import type { Json } from '../../core/model/mirror-record.ts';
import type { Resource } from '../../core/model/resource.ts';
import type { IntegrationConnector, PullPage, PullRequest } from '../connector.ts';
import type { ConformanceFixtures, ResourceFixtures } from './fixtures.ts';
import { ProviderWorld } from './provider-world.ts';

const SINCE = '2026-11-20T00:00:00.000Z';
/** A pull that is longer than any of the fixtures goes round in circles. */
const MAX_PAGES = 50;

export function describeSync(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const resources = Object.entries(fixtures.sync ?? {}) as [Resource, ResourceFixtures][];
  if (resources.length === 0) return;
  let world: ProviderWorld;

  beforeEach(() => {
    world = new ProviderWorld(create(), fixtures);
  });

  /** Follows `next` to the end. Each page is another process's: it has nothing but the cursor, as JSON. */
  async function pull(request: Pick<PullRequest, 'resource'> & Partial<PullRequest>): Promise<PullPage[]> {
    const whole = { mode: 'full', since: null, until: new Date(world.now).toISOString(), feedState: null } as const;
    const pages: PullPage[] = [];
    let cursor: Json | null = null;
    do {
      const page: PullPage | undefined = await world.connector.syncData?.(
        await world.session('background_read', null),
        {
          ...whole,
          ...request,
          cursor,
        },
      );
      if (!page) throw new Error('there is no syncData');
      pages.push(page);
      expect(JSON.parse(JSON.stringify(page.next))).toEqual(page.next);
      cursor = JSON.parse(JSON.stringify(page.next));
    } while (cursor !== null && pages.length < MAX_PAGES);
    expect(cursor).toBeNull();
    return pages;
  }

  const recordsOf = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records);
  const rejectedOf = (pages: readonly PullPage[]) => pages.flatMap(({ rejected }) => rejected);

  describe.each(resources)('%s', (resource, { empty, emptyList, pages, ids, malformed, readable, unreadable }) => {
    test('of an account that has none end at once', async () => {
      world.api = empty;
      const pulled = await pull({ resource });
      expect(recordsOf(pulled)).toEqual([]);
      expect(rejectedOf(pulled)).toEqual([]);
      expect(pulled.flatMap(({ deletedIds }) => deletedIds)).toEqual([]);
    });

    test('can be pulled again for what has changed since', async () => {
      world.api = empty;
      const feedState = (await pull({ resource })).at(-1)?.feedState ?? null;
      const pulled = await pull({ resource, mode: 'incremental', since: SINCE, feedState: copyOf(feedState) });
      expect(recordsOf(pulled)).toEqual([]);
      expect(pulled.some(({ fullRequired }) => fullRequired)).toBe(false);
    });

    test('come page by page, each once, to the last', async () => {
      world.api = pages;
      const pulled = await pull({ resource });
      expect(pulled.filter(({ records }) => records.length > 0).length).toBeGreaterThan(1);
      expect(recordsOf(pulled).map(({ id }) => id)).toEqual(ids);
      expect(rejectedOf(pulled)).toEqual([]);
    });

    test('are handed over as the mirror wants them', async () => {
      world.api = pages;
      for (const record of recordsOf(await pull({ resource }))) {
        expect(record).toMatchObject({ resource, data: { id: record.id } });
        expect(copyOf(record.data)).toEqual(record.data);
        expect(copyOf(record.source)).toEqual(record.source);
        if (record.updatedAt !== null) expect(new Date(record.updatedAt).toISOString()).toBe(record.updatedAt);
        if (resource === 'contacts') expect(contactSchema.parse(record.data)).toEqual(record.data);
      }
    });

    test('that cannot be read are set aside with a reason; the others are kept', async () => {
      world.api = malformed;
      const pulled = await pull({ resource });
      expect(recordsOf(pulled).map(({ id }) => id)).toEqual(readable);
      const rejected = rejectedOf(pulled);
      expect(rejected).toHaveLength(unreadable);
      for (const { id, reason } of rejected) {
        expect(id).not.toBe('');
        expect(reason).not.toBe('');
        expect(reason).not.toMatch(/@|\+?\d{7,}/);
      }
    });

    test.each([500, 503])('are not taken for none when the provider answers %d', async (status) => {
      world.api = () => ({ status, body: {} });
      await expect(pull({ resource })).rejects.toMatchObject({ code: 'provider_unavailable' });
    });

    test.each([{ body: {} }, ...(emptyList ? [] : [{ body: [] }]), { body: '<html>Sign in</html>' }, {}])(
      'are not taken for none when the answer is %j',
      async (reply) => {
        world.api = () => reply;
        const { unreadable: code = 'provider_unavailable' } = fixtures;
        await expect(pull({ resource })).rejects.toMatchObject({ code });
      },
    );

    test('cannot go on from a cursor that is not their own', async () => {
      world.api = pages;
      const request = { resource, mode: 'full', since: null, until: SINCE, feedState: null } as const;
      const session = await world.session('background_read', null);
      await expect(
        world.connector.syncData?.(session, { ...request, cursor: { from: 'somewhere else' } }),
      ).rejects.toMatchObject({ name: 'HubError' });
    });
  });
}

function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
