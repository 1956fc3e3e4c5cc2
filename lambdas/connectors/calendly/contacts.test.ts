import { describe, expect, test } from '@jest/globals';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { createContact, lookupContact } from './contacts.ts';
import { classifyError } from './errors.ts';
import { contactRow, failure, page, resource } from './fixtures/answers.ts';

const GB = { defaultCountry: 'GB' };
const PHONE = '+442079460018';
const NEW = { firstName: 'Ada', lastName: 'Nightingale', email: 'ada@mailbox.example', phone: PHONE, company: null };
const http = (answer: (request: Recorded) => Scripted) => new ScriptedHttp(answer, classifyError);

describe('looking up', () => {
  test('asks for the ways in which a number may be kept, and keeps true matches only', async () => {
    const script = http(() =>
      page([contactRow('C1'), contactRow('C2', { phone_numbers: [{ phone_number: '2079460018' }] })]),
    );
    const found = await lookupContact(sessionFor(script, GB), { phone: PHONE, email: null });
    expect(found.map(({ id }) => id)).toEqual(['C1', 'C2']);
    expect(script.requests.map(({ query }) => query?.phone_number)).toEqual([
      '+442079460018,442079460018,02079460018,2079460018',
    ]);
    const abroad = await lookupContact(sessionFor(script, { defaultCountry: 'US' }), { phone: PHONE, email: null });
    expect(abroad).toEqual([]);
  });

  test('asks for the E.164 form alone where the list is refused', async () => {
    const script = http(({ query }) =>
      String(query?.phone_number).includes(',') ? failure(400, 'Invalid Argument', 'no') : page([contactRow('C1')]),
    );
    const found = await lookupContact(sessionFor(script, GB), { phone: PHONE, email: null });
    expect(found.map(({ id }) => id)).toEqual(['C1']);
    expect(script.requests.at(-1)?.query?.phone_number).toBe(PHONE);
  });

  test('follows the pages, answers each once, and leaves out what can not be read', async () => {
    const script = http(({ query }) =>
      query?.page_token === 'two' ? page([contactRow('C3')]) : page([contactRow('C1'), { uri: 1 }], 'two'),
    );
    const found = await lookupContact(sessionFor(script, GB), { phone: PHONE, email: NEW.email });
    expect(found.map(({ id }) => id)).toEqual(['C1', 'C3']);
  });
});

describe('creating', () => {
  test('sends what is known and nothing else', async () => {
    const script = http(({ method }) => (method === 'GET' ? page([]) : resource(contactRow('C1'), 201)));
    expect(await createContact(sessionFor(script, GB), { ...NEW, lastName: null, phone: null })).toMatchObject({
      created: true,
      record: { id: 'C1' },
    });
    expect(script.requests.at(-1)).toMatchObject({
      callClass: 'live_write',
      json: { name: 'Ada', emails: [{ email: NEW.email, is_primary: true }] },
    });
    expect(script.requests.at(-1)?.json).not.toHaveProperty('phone_numbers');
  });

  test('finds whoever has the address, also when only the refusal tells', async () => {
    const known = http(() => page([contactRow('C1')]));
    expect(await createContact(sessionFor(known, GB), NEW)).toMatchObject({ created: false, record: { id: 'C1' } });
    let refused = false;
    const late = http(({ method }) => {
      if (method === 'POST') refused = true;
      return method === 'POST' ? failure(409, 'Already Exists', 'no') : page(refused ? [contactRow('C1')] : []);
    });
    expect(await createContact(sessionFor(late, GB), NEW)).toMatchObject({ created: false, record: { id: 'C1' } });
  });

  test('knows an address that is written in capitals', async () => {
    const known = http(() => page([contactRow('C1')]));
    const created = await createContact(sessionFor(known, GB), { ...NEW, email: NEW.email.toUpperCase() });
    expect(created).toMatchObject({ created: false, record: { id: 'C1' } });
  });

  test.each([
    { ...NEW, email: null },
    { ...NEW, firstName: null, lastName: null },
  ])('needs a name and an address', async (contact) => {
    const script = http(() => page([]));
    await expect(createContact(sessionFor(script), contact)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(script.requests).toEqual([]);
  });

  test('says so when Calendly refuses for a contact that it does not show', async () => {
    const script = http(({ method }) => (method === 'POST' ? failure(409, 'Already Exists', 'no') : page([])));
    await expect(createContact(sessionFor(script), NEW)).rejects.toMatchObject({ code: 'provider_rejected' });
  });
});
