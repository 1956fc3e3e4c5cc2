import { describe, expect, test } from '@jest/globals';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { connect } from './connected.ts';
import type { HubSpotTruth } from './hubspot-control.ts';
import { searchableNumber } from './phones.ts';

type Row = { id: string };
const idsOf = (body: { results: Row[] }) => body.results.map(({ id }) => id);

async function truthOf(rows: AsyncGenerator<HubSpotTruth>): Promise<HubSpotTruth[]> {
  const all: HubSpotTruth[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

describe('lists', () => {
  test('page to the end and agree with the truth', async () => {
    const { sandbox, client, objects } = await connect({ contacts: 250, deals: 12 });
    const ids: string[] = [];
    let after = '';
    do {
      const page = await objects('GET', `/contacts?limit=100${after === '' ? '' : `&after=${after}`}`);
      ids.push(...idsOf(page.body));
      after = page.body.paging?.next.after ?? '';
    } while (after !== '');
    expect(ids).toEqual((await truthOf(client.hubspot.truth('contacts'))).map(({ id }) => id));
    expect(ids).toHaveLength(250);
    expect((await objects('GET', '/contacts?limit=101')).status).toBe(400);
    expect(idsOf((await objects('GET', '/contacts')).body)).toHaveLength(10);

    const deals = (await objects('GET', '/deals?limit=100&associations=contacts&properties=dealname,nonsense')).body
      .results;
    expect(deals).toHaveLength(12);
    expect(deals[0].associations.contacts.results).toHaveLength(3);
    expect(deals[1].associations).toBeUndefined();
    expect(Object.keys(deals[0].properties)).toEqual(['dealname']);
    await sandbox.close();
  });

  test('associations in bulk and pipelines with labels', async () => {
    const { sandbox, client, call, objects } = await connect();
    const [several, none] = idsOf((await objects('GET', '/deals')).body);
    const path = '/crm/associations/2026-09/deals/contacts/batch/read';
    const links = await call('POST', path, { inputs: [{ id: several }] });
    expect(links.body.results[0].to).toHaveLength(3);
    expect((await call('POST', path, { inputs: [{ id: several }, { id: none }] })).status).toBe(207);
    await client.hubspot.renameStage('closedwon', 'Gewonnen');
    const pipelines = await call('GET', '/crm/pipelines/2026-09/deals');
    expect(pipelines.body.results[0].stages[3]).toMatchObject({
      id: 'closedwon',
      label: 'Gewonnen',
      metadata: { isClosed: 'true' },
    });
    await sandbox.close();
  });
});

describe('writes', () => {
  test('create needs a name or an address, and checks values', async () => {
    const { sandbox, client, objects } = await connect();
    const create = (properties: object) => objects('POST', '/contacts', { properties });
    expect((await create({ phone: '07400 123456' })).status).toBe(400);
    expect((await create({ email: 'nonsense' })).body.errors[0].code).toBe('INVALID_EMAIL');
    expect((await create({ firstname: 'A', shoe_size: '9' })).body.errors[0].code).toBe('PROPERTY_DOESNT_EXIST');
    const made = await create({ firstname: 'Ana', phone: '07400 123456' });
    expect(made.status).toBe(201);
    expect(made.body.properties).toMatchObject({
      firstname: 'Ana',
      hs_searchable_calculated_phone_number: '7400123456',
      hs_searchable_calculated_international_phone_number: '+447400123456',
    });
    await client.hubspot.change({ requiredOnCreate: ['company'] });
    expect((await create({ firstname: 'Ben' })).body.errors[0].context.propertyName).toEqual(['company']);
    const changed = await objects('PATCH', `/contacts/${made.body.id}`, { properties: { phone: '' } });
    expect(changed.body.properties.phone).toBeNull();
    expect(Date.parse(changed.body.updatedAt)).toBeGreaterThanOrEqual(Date.parse(made.body.updatedAt));
    await sandbox.close();
  });

  test('a taken address, primary or secondary, answers 409 with the id', async () => {
    const { sandbox, objects } = await connect();
    for (const email of ['Two.Addresses@mailbox.example', 'two.old@post.example']) {
      const refused = await objects('POST', '/contacts', { properties: { email } });
      expect([refused.status, refused.body.category]).toEqual([409, 'CONFLICT']);
      const [, id] = /Existing ID: (\d+)/.exec(refused.body.message) ?? [];
      expect((await objects('GET', `/contacts/${id}?properties=firstname`)).body.properties.firstname).toBe('Two');
    }
    expect((await objects('GET', '/contacts/two.addresses%40mailbox.example?idProperty=email')).status).toBe(200);
    expect((await objects('GET', '/contacts/two.old%40post.example?idProperty=email')).status).toBe(404);
    await sandbox.close();
  });

  test('archived records leave the list for the archived one, and can come back', async () => {
    const { sandbox, client, objects } = await connect();
    const [id = ''] = idsOf((await objects('GET', '/contacts')).body);
    expect((await objects('DELETE', `/contacts/${id}`)).status).toBe(204);
    expect((await objects('GET', `/contacts/${id}`)).status).toBe(404);
    expect(idsOf((await objects('GET', '/contacts?limit=100')).body)).not.toContain(id);
    const archived = (await objects('GET', '/contacts?archived=true')).body.results;
    expect(archived).toMatchObject([{ id, archived: true, archivedAt: expect.any(String) }]);
    await client.hubspot.restore('contacts', id);
    expect((await objects('GET', `/contacts/${id}`)).status).toBe(200);
    await sandbox.close();
  });
});

describe('merges and erasure', () => {
  test('a merge makes a new record; old ids vanish from lists and lead to it', async () => {
    const { sandbox, client, objects } = await connect();
    const [a = '', b = ''] = idsOf((await objects('GET', '/contacts')).body);
    const { id } = await client.hubspot.merge('contacts', a, b);
    expect([a, b]).not.toContain(id);
    const found = await objects('GET', `/contacts/${b}?properties=firstname,hs_merged_object_ids,hs_additional_emails`);
    expect(found.body).toMatchObject({ id, properties: { firstname: 'Cher', hs_merged_object_ids: `${a};${b}` } });
    const listed = idsOf((await objects('GET', '/contacts?limit=100')).body);
    expect(listed).toHaveLength(29);
    expect(listed).toContain(id);
    expect((await objects('GET', '/contacts?archived=true')).body.results).toEqual([]);
    const [deal] = await truthOf(client.hubspot.truth('deals'));
    expect(deal?.contactIds).toContain(id);
    expect(deal?.contactIds).not.toContain(a);
    await sandbox.close();
  });

  test('a portal that preserves ids keeps the primary', async () => {
    const { sandbox, client, objects } = await connect();
    await client.hubspot.change({ mergeKeepsPrimaryId: true });
    const [a = '', b = ''] = idsOf((await objects('GET', '/contacts')).body);
    expect(await client.hubspot.merge('contacts', a, b)).toEqual({ id: a });
    expect((await objects('GET', `/contacts/${b}?properties=hs_merged_object_ids`)).body).toMatchObject({
      id: a,
      properties: { hs_merged_object_ids: b },
    });
    await sandbox.close();
  });

  test('an erased person is nowhere; a bulk edit gives all the same date', async () => {
    const { sandbox, client, objects } = await connect();
    const [id = ''] = idsOf((await objects('GET', '/contacts')).body);
    await client.hubspot.gdprDelete('contacts', id);
    expect((await objects('GET', `/contacts/${id}`)).status).toBe(404);
    expect((await objects('GET', '/contacts?archived=true')).body.results).toEqual([]);
    const { touched, at } = await client.hubspot.touch('contacts');
    expect(touched).toBe(29);
    const dates = (await truthOf(client.hubspot.truth('contacts'))).map(({ updatedAt }) => updatedAt);
    expect(new Set(dates)).toEqual(new Set([at]));
    await sandbox.close();
  });
});

describe('seed', () => {
  test('is the same for the same seed, and its calculated numbers are those of the library', async () => {
    const [one, two] = [await connect({ contacts: 400 }), await connect({ contacts: 400 })];
    const people = await truthOf(one.client.hubspot.truth('contacts'));
    const again = await truthOf(two.client.hubspot.truth('contacts'));
    expect(people.map(({ id, properties: { email } }) => [id, email])).toEqual(
      again.map(({ id, properties: { email } }) => [id, email]),
    );
    for (const { properties } of people) {
      const { phone, mobilephone } = properties;
      expect([
        phone,
        properties.hs_searchable_calculated_phone_number ?? null,
        properties.hs_searchable_calculated_international_phone_number ?? null,
      ]).toEqual([phone, searchableNumber(phone).national, searchableNumber(phone).international]);
      expect(properties.hs_searchable_calculated_mobile_number ?? null).toBe(searchableNumber(mobilephone).national);
    }
    const phones = people.flatMap(({ properties: { phone } }) => (phone ? [phone] : []));
    const valid = phones.filter((phone) => parsePhoneNumberFromString(phone, 'GB')?.isValid());
    expect(valid.length / phones.length).toBeGreaterThan(0.95);
    await one.sandbox.close();
    await two.sandbox.close();
  });
});
