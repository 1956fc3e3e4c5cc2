import { describe, expect, it } from '@jest/globals';
import type { NewContact } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { createContact, lookupContact } from './contacts.ts';
import { classifyError } from './errors.ts';
import { contactRow } from './fixtures/contact-row.ts';

const PHONE = '+442079460958';
const NEW: NewContact = { firstName: 'Mira', lastName: null, email: null, phone: PHONE, company: null };
const page = (...rows: object[]): Scripted => ({ body: { total: rows.length, results: rows } });

function provider(answers: Record<string, (request: Recorded, call: number) => Scripted>) {
  const calls: Record<string, number> = {};
  return new ScriptedHttp((request) => {
    const answer = answers[request.operation];
    if (!answer) throw new Error(`unexpected call ${request.operation}`);
    calls[request.operation] = (calls[request.operation] ?? 0) + 1;
    return answer(request, calls[request.operation] ?? 0);
  }, classifyError);
}

describe('lookupContact', () => {
  it('reads an e-mail address straight, without search', async () => {
    const http = provider({ 'contacts.get': () => ({ body: contactRow(1, { email: 'mira@example.com' }) }) });
    const found = await lookupContact(sessionFor(http), { email: 'mira@example.com', phone: null });
    expect(found.map(({ id }) => id)).toEqual(['1']);
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]).toMatchObject({
      url: 'https://api.hubapi.com/crm/objects/2026-09/contacts/mira%40example.com',
      query: { idProperty: 'email' },
    });
  });

  it('searches secondary addresses when the straight read finds none, and checks the answer', async () => {
    const http = provider({
      'contacts.get': () => ({ status: 404 }),
      'contacts.search': () =>
        page(
          contactRow(1, { email: 'new@example.com', hs_additional_emails: 'x@example.com;mira@example.com' }),
          contactRow(2, { email: 'mira@example.org' }),
        ),
    });
    const found = await lookupContact(sessionFor(http), { email: 'mira@example.com', phone: null });
    expect(found.map(({ id }) => id)).toEqual(['1']);
    expect(http.requests[1]).toMatchObject({ rateBucket: 'search', callClass: 'live_read' });
  });

  it('asks for a phone number once, in five groups, and returns true matches only', async () => {
    const http = provider({
      'contacts.search': () =>
        page(
          contactRow(1, { phone: '020 7946 0958' }),
          contactRow(2, { phone: '+1 207 946 0958' }),
          contactRow(3, { mobilephone: '+44 (0)20 7946 0958' }),
          { id: null },
        ),
    });
    const found = await lookupContact(sessionFor(http, { defaultCountry: 'GB' }), { phone: PHONE, email: null });
    expect(found.map(({ id }) => id)).toEqual(['1', '3']);
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]?.json).toMatchObject({
      filterGroups: [
        { filters: [{ propertyName: 'hs_searchable_calculated_phone_number', operator: 'EQ', value: '2079460958' }] },
        { filters: [{ propertyName: 'hs_searchable_calculated_mobile_number', operator: 'EQ', value: '2079460958' }] },
        { filters: [{ propertyName: 'phone', operator: 'EQ', value: PHONE }] },
        { filters: [{ propertyName: 'mobilephone', operator: 'EQ', value: PHONE }] },
        { filters: [{ propertyName: 'hs_searchable_calculated_international_phone_number', value: PHONE }] },
      ],
    });
  });

  it('does without the international property where the portal lacks it', async () => {
    const http = provider({
      'contacts.search': (_, call) => (call === 1 ? { status: 400 } : page(contactRow(1, { phone: PHONE }))),
    });
    expect(await lookupContact(sessionFor(http), { phone: PHONE, email: null })).toHaveLength(1);
    expect(JSON.stringify(http.requests[1]?.json)).not.toContain('international');
  });

  it('unites both answers by id', async () => {
    const row = contactRow(1, { email: 'mira@example.com', phone: PHONE });
    const http = provider({ 'contacts.get': () => ({ body: row }), 'contacts.search': () => page(row) });
    expect(await lookupContact(sessionFor(http), { phone: PHONE, email: 'mira@example.com' })).toHaveLength(1);
  });
});

describe('createContact', () => {
  it('sends what is known and no last name of its own', async () => {
    const http = provider({ 'contacts.create': () => ({ status: 201, body: contactRow(8, { firstname: 'Mira' }) }) });
    const { created, record } = await createContact(sessionFor(http), NEW);
    expect([created, record.id, record.data.lastName]).toEqual([true, '8', null]);
    expect(http.requests[0]).toMatchObject({ callClass: 'live_write' });
    expect(http.requests[0]?.json).toEqual({ properties: { firstname: 'Mira', phone: PHONE } });
  });

  it('refuses a contact without e-mail address and name before calling', async () => {
    const http = provider({});
    const attempt = createContact(sessionFor(http), { ...NEW, firstName: ' ' });
    await expect(attempt).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringContaining('first name'),
    });
    expect(http.requests).toHaveLength(0);
  });

  const conflict = (message: string): Scripted => ({ status: 409, body: { category: 'CONFLICT', message } });

  it('answers a conflict with the contact that HubSpot names', async () => {
    const http = provider({
      'contacts.create': () => conflict('Contact already exists. Existing ID: 4711'),
      'contacts.get': ({ url }) => (String(url).endsWith('/4711') ? { body: contactRow(4711) } : { status: 404 }),
    });
    const { created, record } = await createContact(sessionFor(http), { ...NEW, email: 'mira@example.com' });
    expect([created, record.id]).toEqual([false, '4711']);
  });

  it('looks the contact up when a conflict names none', async () => {
    const http = provider({
      'contacts.create': () => conflict('Contact already exists.'),
      'contacts.get': () => ({ body: contactRow(12, { email: 'mira@example.com' }) }),
    });
    const { created, record } = await createContact(sessionFor(http), { ...NEW, email: 'mira@example.com' });
    expect([created, record.id]).toEqual([false, '12']);
  });

  it('names the fields that HubSpot refuses, never their values', async () => {
    const message =
      'Property values were not valid: [{"isValid":false,"message":"mira@x is invalid","error":"INVALID_EMAIL","name":"email"}]';
    const body = { category: 'VALIDATION_ERROR', message, errors: [{ code: 'PROPERTY_DOESNT_EXIST' }] };
    const http = provider({ 'contacts.create': () => ({ status: 400, body }) });
    await expect(createContact(sessionFor(http), { ...NEW, email: 'mira@x' })).rejects.toMatchObject({
      code: 'provider_rejected',
      message: 'HubSpot does not accept these values: PROPERTY_DOESNT_EXIST, INVALID_EMAIL, email.',
    });
  });
});
