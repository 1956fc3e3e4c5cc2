import { describe, expect, it } from '@jest/globals';
import { type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { createContact, lookupContact } from './contacts.ts';
import { classifyError } from './errors.ts';
import { clientRow } from './fixtures/rows.ts';
import { clientId } from './map.ts';

const ADA = clientRow();
const OTTO = clientRow({ firstName: 'Otto', lastName: 'Moreno', email: 'otto@mailbox.example', phone: '07500 900301' });
const NEW = { firstName: 'Ada', lastName: 'Nightingale', email: null, phone: '+442079460018', company: null };

/** Clients of an account, by a search that looks for names and digits; `email`: for addresses, too. */
function searching(
  rows: readonly ReturnType<typeof clientRow>[],
  { email = false, create }: { email?: boolean; create?: Scripted } = {},
) {
  return new ScriptedHttp(({ method, query }) => {
    if (method === 'POST') return create ?? { status: 500, body: {} };
    const wanted = query?.search === undefined ? null : String(query.search);
    const matches = (row: ReturnType<typeof clientRow>) => {
      if (wanted === null) return true;
      if (wanted.includes('@')) return email && row.email === wanted;
      const digits = wanted.replace(/\D/g, '');
      return digits !== '' && row.phone.replace(/\D/g, '').includes(digits);
    };
    return { body: rows.filter(matches) };
  }, classifyError);
}
const session = (http: ScriptedHttp) => sessionFor(http, { defaultCountry: 'GB' });
const found = async (http: ScriptedHttp, query: { phone?: string; email?: string }) =>
  (await lookupContact(session(http), { phone: null, email: null, ...query })).map(({ id }) => id);

describe('looking a caller up', () => {
  it.each(['(020) 7946 0018', '02079460018', '+44 20 7946 0018', '+442079460018', '0044 20 7946 0018'])(
    'finds the number %s',
    async (phone) => {
      const row = clientRow({ phone });
      expect(await found(searching([row, OTTO]), { phone: '+442079460018' })).toEqual([clientId(row)]);
    },
  );

  it('does not take the same digits in another country for the caller', async () => {
    const stranger = clientRow({ phone: '+49 20 7946 0018' });
    expect(await found(searching([stranger]), { phone: '+442079460018' })).toEqual([]);
  });

  it.each([true, false])('finds an address where the search knows addresses: %s', async (email) => {
    const http = searching([ADA, OTTO], { email });
    expect(await found(http, { email: 'otto@mailbox.example' })).toEqual([clientId(OTTO)]);
    expect(http.requests).toHaveLength(email ? 1 : 2);
  });

  it('answers each person once, who is found by number and address', async () => {
    const http = searching([ADA], { email: true });
    expect(await found(http, { phone: '+442079460018', email: 'ada@mailbox.example' })).toEqual([clientId(ADA)]);
  });

  it('finds all who share a number', async () => {
    const twin = clientRow({ firstName: 'Ida' });
    expect((await found(searching([ADA, twin]), { phone: '+442079460018' })).toSorted()).toEqual(
      [clientId(ADA), clientId(twin)].toSorted(),
    );
  });

  it('puts neither number nor address into an operation name', async () => {
    const http = searching([]);
    await found(http, { phone: '+442079460018', email: 'ada@mailbox.example' });
    for (const { operation } of http.requests) expect(operation).toMatch(/^clients\.(search|list)$/);
  });
});

describe('creating a client', () => {
  it('sends what is known, and no more', async () => {
    const http = searching([], { create: { body: clientRow({ phone: '+44 20 7946 0018', email: '' }) } });
    const { created, record } = await createContact(session(http), NEW);
    expect(created).toBe(true);
    expect(record.data).toMatchObject({ firstName: 'Ada', phones: [{ e164: '+442079460018' }], emails: [] });
    expect(http.requests.find(({ method }) => method === 'POST')?.json).toEqual({
      firstName: 'Ada',
      lastName: 'Nightingale',
      phone: '+442079460018',
    });
  });

  it('answers with who is there: by the address, or by the number under the same name', async () => {
    const byPhone = await createContact(session(searching([ADA])), { ...NEW, firstName: 'ADA ' });
    expect(byPhone).toMatchObject({ created: false, record: { id: clientId(ADA) } });
    const byEmail = await createContact(session(searching([ADA])), {
      ...NEW,
      firstName: null,
      lastName: 'Someone',
      phone: null,
      email: 'ada@mailbox.example',
    });
    expect(byEmail).toMatchObject({ created: false, record: { id: clientId(ADA) } });
  });

  it('does not take somebody else with the number for the person', async () => {
    const http = searching([clientRow({ firstName: 'Ida' })], { create: { body: ADA } });
    expect(await createContact(session(http), NEW)).toMatchObject({ created: true });
  });

  it.each([
    { firstName: 'Cher', lastName: null },
    { firstName: null, lastName: 'Winterbourne' },
  ])('invents no name for %j: Acuity needs both', async (names) => {
    const http = searching([]);
    await expect(createContact(session(http), { ...NEW, ...names })).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    expect(http.requests.every(({ method }) => method === 'GET')).toBe(true);
  });
});
