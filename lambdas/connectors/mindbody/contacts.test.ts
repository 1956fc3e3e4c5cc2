import { describe, expect, test } from '@jest/globals';
import { createContact, lookupContact } from './contacts.ts';
import { clientRow, refusal } from './fixtures/rows.ts';
import { type SiteScript, scriptedSite } from './fixtures/scripted-site.ts';

const ADA = { firstName: 'Ada', lastName: 'Nightingale', email: null, phone: '+447911123456', company: null };

const search =
  (...rows: readonly object[]): SiteScript =>
  (request) =>
    request.list('Clients', rows);

describe('looking somebody up', () => {
  test('asks for the digits of a number, and takes true matches only', async () => {
    const { session, http } = scriptedSite(
      search(clientRow(1), clientRow(2, { MobilePhone: '7911 1234567' }), clientRow(3, { HomePhone: '+447911123456' })),
    );
    const found = await lookupContact(session, { phone: '+447911123456', email: null });
    expect(found.map(({ id }) => id)).toEqual(['1', '3']);
    expect(http.requests.map(({ query }) => query?.['request.searchText'])).toEqual(['7911123456']);
  });

  test('by address compares the whole address', async () => {
    const { session } = scriptedSite(search(clientRow(1), clientRow(2, { Email: 'not.ada@mailbox.example' })));
    const found = await lookupContact(session, { phone: null, email: 'ada@mailbox.example' });
    expect(found.map(({ id }) => id)).toEqual(['1']);
  });

  test('does not show whom the site has set inactive', async () => {
    const { session } = scriptedSite(search(clientRow(1, { Active: false })));
    expect(await lookupContact(session, { phone: '+447911123456', email: null })).toEqual([]);
  });

  test('reads all pages, and skips what cannot be read', async () => {
    const rows = Array.from({ length: 450 }, (_, index) => clientRow(index + 1));
    const { session } = scriptedSite(search({ broken: true }, ...rows));
    expect(await lookupContact(session, { phone: '+447911123456', email: null })).toHaveLength(450);
  });
});

describe('creating a client', () => {
  test('sends what is known and nothing else', async () => {
    const { session, http } = scriptedSite(() => ({ body: { Client: clientRow(9) } }));
    expect(await createContact(session, ADA)).toMatchObject({
      created: true,
      record: { id: '9', resource: 'clients' },
    });
    expect(http.requests[0]?.json).toEqual({
      FirstName: 'Ada',
      LastName: 'Nightingale',
      MobilePhone: '+447911123456',
      ReactivateInactiveClient: true,
    });
  });

  test('puts a landline where landlines belong', async () => {
    const { session, http } = scriptedSite(() => ({ body: { Client: clientRow(9) } }));
    await createContact(session, { ...ADA, phone: '+442079460018' });
    expect(http.requests[0]?.json).toMatchObject({ HomePhone: '+442079460018' });
  });

  test.each([{ firstName: null }, { lastName: null }, { lastName: ' ' }])(
    'does not make names up: %j',
    async (lack) => {
      const { session, http } = scriptedSite(() => undefined);
      await expect(createContact(session, { ...ADA, ...lack })).rejects.toMatchObject({ code: 'provider_rejected' });
      expect(http.requests).toEqual([]);
    },
  );

  test('takes whoever has the address when the name is not whole', async () => {
    const { session, http } = scriptedSite((request) => request.list('Clients', [clientRow(1)]));
    const wanted = { ...ADA, firstName: null, email: 'ada@mailbox.example' };
    expect(await createContact(session, wanted)).toMatchObject({ created: false, record: { id: '1' } });
    expect(http.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('names the fields that this site wants, and no value', async () => {
    const { session } = scriptedSite(({ method }) =>
      method === 'POST'
        ? refusal(400, 'MissingRequiredFields')
        : { body: { RequiredClientFields: ['BirthDate', 'AddressLine1'] } },
    );
    await expect(createContact(session, ADA)).rejects.toThrow(
      'Mindbody does not accept these values: MissingRequiredFields, BirthDate, AddressLine1.',
    );
  });

  test.each([refusal(400, 'InvalidClientCreation'), refusal(409, 'Conflict')])(
    'answers with the client who is there: %j',
    async (refused) => {
      const namesake = clientRow(1, { MobilePhone: '07911 000000' });
      const { session } = scriptedSite((request) =>
        request.method === 'POST' ? refused : request.list('Clients', [namesake, clientRow(2)]),
      );
      expect(await createContact(session, ADA)).toMatchObject({ created: false, record: { id: '2' } });
    },
  );

  test('passes a refusal on when nobody of that name is to be seen', async () => {
    const { session } = scriptedSite((request) =>
      request.method === 'POST' ? refusal(400, 'InvalidClientCreation') : request.list('Clients', []),
    );
    await expect(createContact(session, ADA)).rejects.toMatchObject({ code: 'provider_rejected' });
  });
});
