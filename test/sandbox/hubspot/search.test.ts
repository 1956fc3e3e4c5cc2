import { describe, expect, test } from '@jest/globals';
import { connect } from './connected.ts';

const UNLIMITED = { limits: { search: { max: 100_000, intervalMs: 1000 } } };
const filter = (propertyName: string, operator: string, value: string) => ({ propertyName, operator, value });
const oneGroup = (...filters: unknown[]) => ({ filterGroups: [{ filters }] });

describe('search over more than 10,000 contacts', () => {
  test('caps one query, and lets a keyset query through rows that share one timestamp', async () => {
    const { sandbox, client, objects } = await connect({ contacts: 10_400 });
    await client.hubspot.change(UNLIMITED);
    const capped = await objects('POST', '/contacts/search', { limit: 200, after: '9800' });
    expect(capped.body).toMatchObject({ total: 10_400, paging: { next: { after: '10000' } } });
    const beyond = await objects('POST', '/contacts/search', { limit: 200, after: '9801' });
    expect([beyond.status, beyond.body.category]).toEqual([400, 'VALIDATION_ERROR']);

    const stamp = (await objects('POST', '/contacts/search', { limit: 1 })).body.results[0].updatedAt;
    const sameTime = filter('lastmodifieddate', 'EQ', String(Date.parse(stamp)));
    const seen: number[] = [];
    let lastId = '0';
    for (;;) {
      const page = await objects('POST', '/contacts/search', {
        ...oneGroup(sameTime, filter('hs_object_id', 'GT', lastId)),
        sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
        limit: 200,
      });
      const ids: string[] = page.body.results.map(({ id }: { id: string }) => id);
      if (ids.length === 0) break;
      seen.push(...ids.map(Number));
      lastId = ids.at(-1) ?? lastId;
    }
    expect(seen.length).toBeGreaterThan(10_000);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await sandbox.close();
  });
});

describe('search', () => {
  test('shows creates, changes and archives only after the lag', async () => {
    const { sandbox, client, objects } = await connect();
    await client.hubspot.change({ ...UNLIMITED, searchLagMs: 60_000 });
    const find = async (email: string) =>
      (await objects('POST', '/contacts/search', oneGroup(filter('email', 'EQ', email)))).body;
    const { id } = await client.hubspot.create('contacts', { email: 'New.Person@post.example' });
    expect((await find('new.person@post.example')).total).toBe(0);
    expect((await objects('GET', `/contacts/${id}`)).status).toBe(200);
    await client.advanceClock(60_000);
    expect((await find('new.person@post.example')).results[0].id).toBe(id);
    await client.hubspot.patch('contacts', id, { email: 'other@post.example' });
    expect((await find('new.person@post.example')).total).toBe(1);
    await client.hubspot.archive('contacts', id);
    await client.advanceClock(60_000);
    expect((await find('other@post.example')).total).toBe(0);
    await sandbox.close();
  });

  test('refuses what HubSpot refuses', async () => {
    const { sandbox, client, objects } = await connect();
    await client.hubspot.change(UNLIMITED);
    const has = { propertyName: 'email', operator: 'HAS_PROPERTY' };
    const group = (count: number) => ({ filters: Array.from({ length: count }, () => has) });
    const bad = [
      { limit: 201 },
      { after: 'abc' },
      { sorts: [{ propertyName: 'email' }, { propertyName: 'phone' }] },
      { filterGroups: Array.from({ length: 6 }, () => group(1)) },
      { filterGroups: [group(7)] },
      { filterGroups: [group(6), group(6), group(6), group(1)] },
      oneGroup(filter('no_such_property', 'EQ', 'x')),
      oneGroup(filter('lastmodifieddate', 'GTE', '2026-01-01T00:00:00Z')),
      oneGroup({ propertyName: 'email', operator: 'EQ' }),
      { query: 'x'.repeat(3000) },
    ];
    for (const body of bad)
      expect([body, (await objects('POST', '/contacts/search', body)).status]).toEqual([body, 400]);
    // A misspelt member is ignored, so this finds everybody.
    expect((await objects('POST', '/contacts/search', { filters: [filter('email', 'EQ', 'x')] })).body.total).toBe(30);
    await sandbox.close();
  });

  test('finds by calculated phone numbers, secondary addresses and words', async () => {
    const { sandbox, client, objects } = await connect();
    await client.hubspot.change(UNLIMITED);
    const names = async (body: object) => {
      const found = await objects('POST', '/contacts/search', { ...body, properties: ['firstname', 'phone'] });
      return found.body.results.map(({ properties }: { properties: { firstname: string } }) => properties.firstname);
    };
    expect(await names(oneGroup(filter('hs_searchable_calculated_phone_number', 'EQ', '2073134410')))).toEqual([
      'Ruth',
      'Sam',
    ]);
    expect(
      await names(oneGroup(filter('hs_searchable_calculated_international_phone_number', 'EQ', '+442073134410'))),
    ).toEqual(['Ruth', 'Sam']);
    expect(await names(oneGroup(filter('hs_additional_emails', 'EQ', 'two.old@post.example')))).toEqual(['Two']);
    expect(await names(oneGroup(filter('firstname', 'CONTAINS_TOKEN', 'zoë*')))).toEqual(['Zoë 🌸']);
    expect(await names(oneGroup({ propertyName: 'firstname', operator: 'IN', values: ['cher', 'no'] }))).toEqual([
      'Cher',
      'No',
    ]);
    expect(await names(oneGroup({ propertyName: 'firstname', operator: 'IN', values: ['Cher'] }))).toEqual([]);
    await sandbox.close();
  });
});

describe('rate limits', () => {
  test('110 calls in 10 seconds with headers; search apart, 5 a second, without', async () => {
    const { sandbox, client, objects } = await connect();
    const all = await Promise.all(Array.from({ length: 112 }, () => objects('GET', '/contacts?limit=1')));
    const refused = all.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.body).toMatchObject({ errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' });
    expect(refused[0]?.headers.get('x-hubspot-ratelimit-remaining')).toBe('0');
    expect(all[0]?.headers.get('x-hubspot-ratelimit-max')).toBe('110');
    expect(all[0]?.headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000');

    const searches = await Promise.all(
      Array.from({ length: 7 }, () => objects('POST', '/contacts/search', { limit: 1 })),
    );
    const busy = searches.filter(({ status }) => status === 429);
    expect(busy).toHaveLength(2);
    expect(busy[0]?.body.policyName).toBe('SECONDLY');
    expect([...(searches[0]?.headers.keys() ?? [])].some((name) => name.startsWith('x-hubspot-ratelimit'))).toBe(false);

    await client.advanceClock(10_001);
    expect((await objects('GET', '/contacts?limit=1')).status).toBe(200);
    await sandbox.close();
  });
});
