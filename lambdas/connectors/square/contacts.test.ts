import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { ConnectorSession, NewContact } from '../connector.ts';
import { type Recorded, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { createContact, lookupContact } from './contacts.ts';
import { classifyError } from './errors.ts';
import { customerRow, errorBody } from './fixtures/rows.ts';

const ADA: NewContact = {
  firstName: 'Ada',
  lastName: 'Nightingale',
  email: 'ada@mailbox.example',
  phone: '+442079460018',
  company: null,
};
type Filter = { phone_number?: { exact: string }; email_address?: { exact: string } };
const keySchema = z.looseObject({ idempotency_key: z.string() });
const filterOf = ({ json }: Recorded): Filter => (json as { query: { filter: Filter } }).query.filter;

/** Searches show what is given by phone and by address; creations answer with C43. */
function directory(found: { byPhone?: readonly object[]; byEmail?: readonly object[] }): ScriptedHttp {
  return new ScriptedHttp((request) => {
    if (!request.operation.endsWith('search')) return { body: { customer: customerRow('C43') } };
    const customers = (filterOf(request).phone_number ? found.byPhone : found.byEmail) ?? [];
    return { body: customers.length === 0 ? {} : { customers } };
  }, classifyError);
}
const british = (http: ScriptedHttp): ConnectorSession => sessionFor(http, { defaultCountry: 'GB' });
const creationOf = ({ requests }: ScriptedHttp) => requests.find(({ operation }) => operation === 'customers.create');

describe('looking a caller up', () => {
  test('asks for number and address in two searches, exactly, and answers each person once', async () => {
    const row = customerRow('C1');
    const http = directory({ byPhone: [row, customerRow('C2', { email_address: null })], byEmail: [row] });
    const found = await lookupContact(british(http), { phone: '+442079460018', email: 'ada@mailbox.example' });
    expect(found.map(({ id }) => id)).toEqual(['C1', 'C2']);
    expect(http.requests.map(filterOf)).toEqual([
      { email_address: { exact: 'ada@mailbox.example' } },
      { phone_number: { exact: '+442079460018' } },
    ]);
  });

  test.each([
    ['020 7946 0018', ['C1']],
    ['(020) 7946-0018', ['C1']],
    ['+44 20 7946 0018', ['C1']],
    ['+49 20 7946 0018', []],
    ['7946 0018', []],
  ])('believes the number %s only when it is the caller’s', async (phone_number, ids) => {
    const http = directory({ byPhone: [customerRow('C1', { phone_number })] });
    const found = await lookupContact(british(http), { phone: '+442079460018', email: null });
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  test('reads numbers as those of the seller’s country when the business has not said', async () => {
    const account = { id: 'ML1', name: null, attributes: { country: 'US' } };
    const http = directory({ byPhone: [customerRow('C1', { phone_number: '(206) 555-0133' })] });
    const found = await lookupContact(sessionFor(http, {}, account), { phone: '+12065550133', email: null });
    expect(found).toHaveLength(1);
  });

  test('passes over what cannot be read', async () => {
    const http = directory({ byPhone: [{ id: 7 }, customerRow('C1')] });
    expect(await lookupContact(british(http), { phone: '+442079460018', email: null })).toHaveLength(1);
  });
});

describe('creating a customer', () => {
  test('sends what is known, and invents nothing', async () => {
    const http = directory({});
    const contact = { ...ADA, lastName: null, email: null, company: ' ' };
    expect(await createContact(british(http), contact)).toMatchObject({ created: true, record: { id: 'C43' } });
    expect(creationOf(http)?.json).toEqual({
      idempotency_key: expect.stringMatching(/^[0-9a-f]{32}$/),
      given_name: 'Ada',
      phone_number: '+442079460018',
    });
  });

  test('has one key for one person and day, and another for anybody else: a lost answer makes no second profile', async () => {
    const keyFor = async (contact: NewContact, change: Partial<ConnectorSession> = {}) => {
      const http = directory({});
      await createContact({ ...british(http), ...change }, contact);
      return keySchema.parse(creationOf(http)?.json).idempotency_key;
    };
    const key = await keyFor(ADA);
    expect(await keyFor(ADA)).toBe(key);
    const others = await Promise.all([
      keyFor({ ...ADA, firstName: 'Adam' }),
      keyFor({ ...ADA, phone: null }),
      keyFor(ADA, { now: () => Date.parse('2026-11-25T12:00:00Z') }),
      keyFor(ADA, { account: { id: 'ML2', name: null, attributes: {} } }),
    ]);
    expect(new Set([key, ...others]).size).toBe(5);
  });

  test('answers with who has the address, in whatever case it is written', async () => {
    const http = directory({
      byEmail: [customerRow('C1', { email_address: 'Ada@Mailbox.example', given_name: 'A.' })],
    });
    expect(await createContact(british(http), { ...ADA, email: 'ADA@mailbox.example' })).toMatchObject({
      created: false,
      record: { id: 'C1' },
    });
    expect(creationOf(http)).toBeUndefined();
  });

  test('answers with the oldest who has number and name', async () => {
    const byPhone = [
      customerRow('C3', { email_address: null, created_at: '2026-03-01T00:00:00Z' }),
      customerRow('C2', { email_address: null, given_name: 'ADA', created_at: '2025-03-01T00:00:00Z' }),
      customerRow('C1', { email_address: null, given_name: 'Otto', created_at: '2024-03-01T00:00:00Z' }),
    ];
    expect(await createContact(british(directory({ byPhone })), ADA)).toMatchObject({
      created: false,
      record: { id: 'C2' },
    });
  });

  test('takes nobody for somebody else who shares the number', async () => {
    const http = directory({ byPhone: [customerRow('C1', { given_name: 'Otto', email_address: null })] });
    expect(await createContact(british(http), ADA)).toMatchObject({ created: true });
  });

  test('of nothing at all is refused before Square is asked', async () => {
    const http = directory({});
    const nobody = { firstName: ' ', lastName: null, email: null, phone: null, company: null };
    await expect(createContact(british(http), nobody)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(http.requests).toEqual([]);
  });

  test('that Square refuses names the field and no value', async () => {
    const http = new ScriptedHttp(
      ({ operation }) =>
        operation === 'customers.search'
          ? { body: {} }
          : {
              status: 400,
              body: errorBody('INVALID_REQUEST_ERROR', 'INVALID_PHONE_NUMBER', {
                field: 'phone_number',
                detail: '+442079460018?',
              }),
            },
      classifyError,
    );
    const refusal = createContact(british(http), ADA);
    await expect(refusal).rejects.toMatchObject({ code: 'provider_rejected' });
    await expect(refusal).rejects.toThrow(/INVALID_PHONE_NUMBER, phone_number/);
    await expect(refusal).rejects.not.toThrow(/7946/);
  });
});
