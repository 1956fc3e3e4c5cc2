import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { responses } from '../../lambdas/core/http/api-schemas.ts';
import { HubUnderTest } from './support/hub-under-test.ts';

let hub: HubUnderTest;
let integrationUrl = '';

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 40 });
  const { integrationId } = await hub.connect('salon');
  integrationUrl = `${hub.hub.apiUrl}/v1/workspaces/salon/integrations/${integrationId}`;
});

afterAll(() => hub?.close());

async function lookUp(email: string): Promise<string> {
  // The provider knows nothing of the person any more, so only the mirror could answer `found`.
  const answer = await fetch(
    `${hub.hub.apiUrl}/v1/workspaces/salon/contacts/lookup?email=${encodeURIComponent(email)}`,
  );
  return responses.lookup.parse(await answer.json()).outcome;
}

async function someoneWithEmail() {
  for await (const contact of hub.sandbox.hubspot.truth('contacts')) {
    const { email } = contact.properties;
    if (email) return { id: contact.id, email };
  }
  throw new Error('nobody in the seed has an e-mail address');
}

describe('a probe of the address', () => {
  const probe = async (type: string) => {
    const answer = await fetch(`${hub.hub.apiUrl}/webhooks/${type}`, { method: 'HEAD' });
    return [answer.status, await answer.text()];
  };

  test('is answered where webhooks are taken, and nowhere else', async () => {
    for (const type of ['hubspot', 'square', 'mindbody', 'calendly']) expect(await probe(type)).toEqual([200, '']);
    for (const type of ['acuity', 'fresha', 'nobody']) expect(await probe(type)).toEqual([404, '']);
  });
});

describe('a signed webhook', () => {
  test('of an erasure removes the record from the mirror without waiting for a sync', async () => {
    const { id, email } = await someoneWithEmail();
    expect(await lookUp(email)).toBe('found');

    await hub.sandbox.hubspot.change({ webhookUrl: `${hub.hub.apiUrl}/webhooks/hubspot` });
    await hub.sandbox.hubspot.gdprDelete('contacts', id);

    await expect(until(async () => (await lookUp(email)) === 'not_found')).resolves.toBe(true);
    const { runs } = responses.runs.parse(await (await fetch(`${integrationUrl}/syncs`)).json());
    expect(runs).toHaveLength(1);
  });

  test('that is forged changes nothing', async () => {
    const answer = await fetch(`${hub.hub.apiUrl}/webhooks/hubspot`, {
      method: 'POST',
      body: JSON.stringify([{ subscriptionType: 'contact.privacyDeletion', portalId: 48127733, objectId: 1 }]),
      headers: {
        'content-type': 'application/json',
        'x-hubspot-signature-v3': 'forged',
        'x-hubspot-request-timestamp': String(Date.now()),
      },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'validation_failed', field: 'X-HubSpot-Signature-v3' });
  });

  test('of a provider without webhooks is not found', async () => {
    const answer = await fetch(`${hub.hub.apiUrl}/webhooks/nobody`, { method: 'POST', body: '[]' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'not_found', field: 'type' });
  });
});

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
