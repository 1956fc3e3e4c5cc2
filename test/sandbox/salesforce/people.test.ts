import { describe, expect, test } from '@jest/globals';
import type { NewContact } from '../../../lambdas/connectors/connector.ts';
import { ConnectedOrg } from './connected.ts';

const MINUTE = 60_000;
const PHONE = '+442079460018';
const NEW: NewContact = { firstName: 'Mira', lastName: 'Okafor', email: null, phone: PHONE, company: null };

const lookUp = async (org: ConnectedOrg, query: { phone?: string; email?: string }) =>
  (await org.connector.lookupContact?.(org.session('live_read'), { phone: null, email: null, ...query })) ?? [];
const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);
const create = async (org: ConnectedOrg, contact: Partial<NewContact> = {}) => {
  const made = await org.connector.createContact?.(org.session('live_write'), { ...NEW, ...contact });
  if (!made) throw new Error('there is no createContact');
  return made;
};

describe('looking a caller up', () => {
  test.each([true, false])(
    'finds numbers in their usual ways at once, whatever search does: %p',
    async (searchIgnoresPunctuation) => {
      const org = new ConnectedOrg({ searchIgnoresPunctuation });
      for (const Phone of [
        '020 7946 0018',
        '+44 20 7946 0018',
        '02079460018',
        '+442079460018',
        '00442079460018',
        '2079460018',
      ]) {
        const { id } = org.edit('create', { type: 'Contact', fields: { LastName: 'Caller', HomePhone: Phone } });
        expect(idsOf(await lookUp(org, { phone: PHONE }))).toEqual([id]);
        org.edit('purge', { id });
      }
    },
  );

  test('finds a number in an odd way when the search index has it, and asks for the record then', async () => {
    const org = new ConnectedOrg();
    const { id } = org.edit('create', {
      type: 'Contact',
      fields: { LastName: 'Caller', OtherPhone: '(020) 7946/0018' },
    });
    expect(await lookUp(org, { phone: PHONE })).toEqual([]);
    org.clock.advance(15 * MINUTE);
    expect(idsOf(await lookUp(org, { phone: PHONE }))).toEqual([id]);
  });

  test('takes neither the same digits in another country nor an assistant for the caller', async () => {
    const org = new ConnectedOrg({ searchLagMs: 0 });
    org.edit('create', { type: 'Contact', fields: { LastName: 'Elsewhere', Phone: '+49 20 7946 0018' } });
    org.edit('create', { type: 'Contact', fields: { LastName: 'Chief', AssistantPhone: '020 7946 0018' } });
    expect(await lookUp(org, { phone: PHONE })).toEqual([]);
  });

  test('finds people by address in any case, each once when the number matches, too', async () => {
    const org = new ConnectedOrg();
    const fields = { LastName: 'Caller', Email: 'Mira.Caller@Post.example', Phone: PHONE };
    const { id } = org.edit('create', { type: 'Contact', fields });
    expect(idsOf(await lookUp(org, { email: 'mira.caller@post.example', phone: PHONE }))).toEqual([id]);
  });

  test('finds leads, until they are converted', async () => {
    const org = new ConnectedOrg({ duplicateRule: 'off' });
    const fields = { LastName: 'Prospect', Company: 'Quayside Yoga', Phone: '020 7946 0018' };
    const { id } = org.edit('create', { type: 'Lead', fields });
    const [lead] = await lookUp(org, { phone: PHONE });
    expect(lead).toMatchObject({ id, resource: 'contacts', data: { company: 'Quayside Yoga', lastName: 'Prospect' } });
    const contact = org.edit('convertLead', { id });
    expect(idsOf(await lookUp(org, { phone: PHONE }))).toEqual([contact.id]);
  });

  test('asks for what the org had at the consent, without describing it again', async () => {
    const org = new ConnectedOrg();
    await org.identify();
    org.calls.length = 0;
    await lookUp(org, { phone: PHONE, email: 'nobody@post.example' });
    expect(org.calls.map((call) => call.replace(/\?.*/, '')).toSorted()).toEqual([
      'GET /services/data/v67.0/query',
      'GET /services/data/v67.0/query',
      'GET /services/data/v67.0/search',
    ]);
  });

  test('still works when fields and leads have been hidden since the consent', async () => {
    const org = new ConnectedOrg();
    await org.identify();
    const { id } = org.edit('create', { type: 'Contact', fields: { LastName: 'Caller', Email: 'c@post.example' } });
    org.provider.settings.change({ hiddenFields: ['Contact.HomePhone', 'Contact.AccountId'] });
    expect(idsOf(await lookUp(org, { email: 'c@post.example' }))).toEqual([id]);
  });

  test.each([{ hiddenObjects: ['Lead'] }, { hiddenFields: ['Lead.IsConverted'] }])(
    'goes on searching contacts by number when since the consent there is %j',
    async (hidden) => {
      const org = new ConnectedOrg({ searchLagMs: 0 });
      await org.identify();
      const fields = { LastName: 'Caller', Phone: 'Tel (020) 7946/0018' };
      const { id } = org.edit('create', { type: 'Contact', fields });
      org.provider.settings.change(hidden);
      expect(idsOf(await lookUp(org, { phone: PHONE }))).toEqual([id]);
    },
  );

  test('works where the user sees no leads and no e-mail addresses', async () => {
    const org = new ConnectedOrg({ hiddenObjects: ['Lead'], hiddenFields: ['Contact.Email'] });
    expect(await lookUp(org, { email: 'nobody@post.example' })).toEqual([]);
    expect(await lookUp(org, { phone: PHONE })).toEqual([]);
    expect(org.calls.filter((call) => call.includes('Lead('))).toEqual([]);
  });
});

describe('creating a contact', () => {
  test('files a single name as the last one, and finds it the second time though search does not', async () => {
    const org = new ConnectedOrg({ duplicateRule: 'off' });
    const names = [
      ['Cher', null],
      [null, 'Bono'],
      ['', 'Zoë 🌸'],
      ['  ', "O'Neill\\"],
    ] as const;
    for (const [position, [firstName, lastName]] of names.entries()) {
      const phone = `+447500902${position}00`;
      const first = await create(org, { firstName, lastName, phone });
      expect(first).toMatchObject({
        created: true,
        record: { data: { firstName: null, lastName: lastName ?? firstName } },
      });
      const second = await create(org, { firstName, lastName, phone });
      expect(second).toMatchObject({ created: false, record: { id: first.record.id } });
      expect(org.truth('contacts').filter(({ fields }) => fields.MobilePhone === phone)).toHaveLength(1);
    }
  });

  test('finds it again however the org has rewritten the number', async () => {
    const org = new ConnectedOrg({ duplicateRule: 'off' });
    const { record } = await create(org);
    org.edit('patch', { id: record.id, fields: { Phone: 'Tel (020) 7946/0018' } });
    expect(await create(org)).toMatchObject({ created: false, record: { id: record.id } });
  });

  test('takes the address for the person, and not the name alone', async () => {
    const org = new ConnectedOrg({ duplicateRule: 'off' });
    const { record } = await create(org, { email: 'mira@post.example' });
    expect(
      await create(org, { firstName: 'M.', lastName: 'O.', phone: null, email: 'MIRA@post.example' }),
    ).toMatchObject({
      created: false,
      record: { id: record.id },
    });
    expect((await create(org, { phone: '+447500902999' })).created).toBe(true);
  });

  test('without any name is refused before anything is sent', async () => {
    const org = new ConnectedOrg();
    await expect(create(org, { firstName: ' ', lastName: null })).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(org.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  test.each([
    ['a name of 200 characters', { lastName: 'x'.repeat(200) }, {}, 'STRING_TOO_LONG, LastName'],
    ['an address without a domain', { email: 'mira@post' }, {}, 'INVALID_EMAIL_ADDRESS, Email'],
    ['what the org wants and nobody gave', {}, { requiredOnCreate: ['Email'] }, 'REQUIRED_FIELD_MISSING, Email'],
  ])('says which field is at fault, and no value: %s', async (_what, contact, settings, named) => {
    const org = new ConnectedOrg(settings);
    await expect(create(org, contact)).rejects.toMatchObject({
      code: 'provider_rejected',
      message: `Salesforce does not accept these values: ${named}.`,
    });
  });

  test.each(['duplicateResut', 'duplicateResult'] as const)(
    'takes the one whom the duplicate rule names in %s',
    async (duplicateMember) => {
      const org = new ConnectedOrg({ duplicateMember });
      const fields = { FirstName: 'Miranda', LastName: 'Okafor', Phone: '020 7946 0018' };
      const { id } = org.edit('create', { type: 'Contact', fields });
      expect(await create(org)).toMatchObject({ created: false, record: { id } });
    },
  );

  test('takes the lead whom the duplicate rule names', async () => {
    const org = new ConnectedOrg();
    const { id } = org.edit('create', { type: 'Lead', fields: { LastName: 'Okafor', Phone: '020 7946 0018' } });
    expect(await create(org)).toMatchObject({ created: false, record: { id } });
  });

  test('does not choose among several likenesses, except by the address', async () => {
    const org = new ConnectedOrg({ duplicateRule: 'off' });
    for (const FirstName of ['Miranda', 'Miriam']) {
      org.edit('create', { type: 'Contact', fields: { FirstName, LastName: 'Okafor', Phone: '020 7946 0018' } });
    }
    org.provider.settings.change({ duplicateRule: 'block' });
    await expect(create(org)).rejects.toMatchObject({ code: 'contact_exists' });
  });

  test('makes a person account where people are kept as such, and answers with its contact', async () => {
    const org = new ConnectedOrg({ which: 1 });
    const { account } = await org.identify();
    expect(account?.attributes.personAccountRecordType).toMatch(/^012/);
    const { record, created } = await create(org, {
      phone: '+447500900301',
      email: 'mira@post.example',
      company: 'Acre',
    });
    expect(created).toBe(true);
    expect(record.id).toMatch(/^003/);
    expect(record.data).toMatchObject({
      firstName: 'Mira',
      lastName: 'Okafor',
      company: null,
      emails: ['mira@post.example'],
    });
    expect(record.data.phones).toEqual([{ e164: '+447500900301', raw: '+447500900301', kind: 'mobile' }]);
    expect(org.calls.filter((call) => call.startsWith('POST'))).toEqual(['POST /services/data/v67.0/sobjects/Account']);
    expect(await create(org, { phone: '+447500900301', email: 'mira@post.example' })).toMatchObject({
      created: false,
      record: { id: record.id },
    });
    expect(idsOf(await lookUp(org, { phone: '+447500900301' }))).toEqual([record.id]);
  });
});

describe('an org', () => {
  test('is known by its id, with its name, zone and user', async () => {
    const org = new ConnectedOrg();
    const account = await org.connector.identifyAccount(org.session('live_read'));
    expect(account).toMatchObject({
      id: org.accountId,
      name: 'Marlow & Finch Salon',
      attributes: { timeZone: 'Europe/London', userId: expect.stringMatching(/^005/) },
    });
    expect(account.attributes.contactFields).toContain('HomePhone');
    expect(account.attributes.personAccountRecordType).toBeUndefined();
  });

  test('whose edition has no API says so right at the connection, in words for a person', async () => {
    const org = new ConnectedOrg({ apiEnabled: false });
    for (const call of [org.connector.identifyAccount, org.connector.testConnection]) {
      await expect(call(org.session('live_read'))).rejects.toMatchObject({
        code: 'plan_required',
        message: expect.stringContaining('edition'),
      });
    }
  });

  test('that hides contacts from the user is not connected', async () => {
    const org = new ConnectedOrg({ hiddenObjects: ['Contact'] });
    await expect(org.connector.identifyAccount(org.session())).rejects.toMatchObject({ code: 'missing_scope' });
  });

  test('whose calls of the day are used up asks for a long pause', async () => {
    const org = new ConnectedOrg({ dailyCalls: 2 });
    const probe = () => org.connector.testConnection(org.session('live_read'));
    await probe();
    await probe();
    await expect(probe()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 900 });
    org.clock.advance(24 * 60 * MINUTE);
    org.renewToken();
    await probe();
  });
});
