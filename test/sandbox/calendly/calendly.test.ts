import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { manifest } from '../../../lambdas/connectors/calendly/manifest.ts';
import { readWebhook } from '../../../lambdas/connectors/calendly/webhook.ts';
import type { WebhookEvent } from '../../../lambdas/connectors/connector.ts';
import { SandboxClient } from '../sandbox-client.ts';
import { type Sandbox, startSandbox } from '../server.ts';
import { CalendlyControl } from './calendly-control.ts';
import { ConnectedCalendly } from './connected.ts';
import { idOf } from './records.ts';
import { ACCOUNTS } from './seed.ts';
import { WEBHOOK_KEY } from './settings.ts';

const REDIRECT = 'http://localhost:8787/oauth/callback';
const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

let sandbox: Sandbox;
let client: SandboxClient;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, contacts: 20 });
  client = new SandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

function authorizeUrl(change: Readonly<Record<string, string>> = {}): string {
  const query = {
    client_id: 'calendly-client',
    redirect_uri: REDIRECT,
    response_type: 'code',
    state: 's',
    scope: manifest.oauth.scopes.required.join(' '),
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...change,
  };
  return `${manifest.oauth.authorizeUrl}?${new URLSearchParams(query)}`;
}

async function token(fields: Readonly<Record<string, string>>, secret = 'calendly-secret') {
  const response = await fetch(`${sandbox.url}/calendly/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`calendly-client:${secret}`).toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe('OAuth', () => {
  const exchange = async () => {
    const back = new URL(await client.approve(authorizeUrl()));
    const code = back.searchParams.get('code') ?? '';
    return token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER });
  };

  test('names owner, organization and scopes beside the tokens', async () => {
    const { status, body } = await exchange();
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 7200 });
    expect(idOf(body.owner)).toBe(ACCOUNTS[0]?.id);
    expect(body.organization).toContain('/organizations/');
    expect(body.scope.split(' ').sort()).toEqual([...manifest.oauth.scopes.required].sort());
  });

  test('gives each refresh token one use', async () => {
    const { body: first } = await exchange();
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    const { body: second } = await token(refresh);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await token(refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await token({ ...refresh, refresh_token: second.refresh_token })).status).toBe(200);
  });

  test('tells a wrong secret from a wrong grant', async () => {
    const refresh = { grant_type: 'refresh_token', refresh_token: 'unknown' };
    expect(await token(refresh, 'guessed')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await token(refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each([{ code_challenge_method: 'plain' }, { scope: 'users:read' }])('refuses a link with %j', async (change) => {
    await expect(client.approve(authorizeUrl(change))).rejects.toThrow(/refuses/);
  });
});

test('edits are told to the subscriber, signed so that the connector takes them', async () => {
  const events: WebhookEvent[] = [];
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const app = { clientId: 'calendly-client', clientSecret: 'calendly-secret', webhookKey: WEBHOOK_KEY, extra: {} };
    const body = Buffer.concat(chunks).toString();
    events.push(...readWebhook({ method: 'POST', url: request.url ?? '', headers, body, app, now: Date.now() }));
    response.end();
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  const { port } = receiver.address() as AddressInfo;
  const calendly = new CalendlyControl(client);
  await calendly.change({ webhookUrl: `http://127.0.0.1:${port}/webhooks/calendly` });
  const { id: contact } = await calendly.createContact({ name: 'Ada', emails: ['ada@new.example'] });
  await calendly.deleteContact(contact);
  const types = [];
  for await (const type of calendly.eventTypes()) types.push(type);
  const { id: event } = await calendly.book(idOf(types[0]?.uri), { name: 'Ada', email: 'ada@new.example' });
  const { id: moved } = await calendly.reschedule(event);
  for (let waited = 0; events.length < 5 && waited < 2_000; waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await calendly.change({ webhookUrl: null });
  receiver.closeAllConnections();
  receiver.close();
  const accountId = ACCOUNTS[0]?.id;
  const told = (resource: string, recordId: string, kind = 'changed') => ({ accountId, kind, resource, recordId });
  // In no order: Calendly promises none.
  expect(new Set(events.map((one) => JSON.stringify(one)))).toEqual(
    new Set(
      [
        told('contacts', contact),
        told('contacts', contact, 'erased'),
        told('appointments', event),
        told('appointments', moved),
      ].map((one) => JSON.stringify(one)),
    ),
  );
});

describe('what Calendly refuses', () => {
  const call = async (calendly: ConnectedCalendly, method: 'GET' | 'POST', path: string, body?: object) => {
    const { http } = calendly.session();
    const url = `https://api.calendly.com${path}`;
    const expectStatuses = [400, 403, 404, 409];
    const json = body === undefined ? {} : { json: body };
    const request = { operation: 'test', method, url, schema: z.unknown(), expectStatuses, ...json };
    return (await http.request(request)).status;
  };

  test.each<['GET' | 'POST', string]>([
    ['GET', '/event_types'],
    ['GET', '/scheduled_events'],
    ['GET', '/contacts?sort=name:asc'],
    ['GET', '/contacts?count=101'],
    ['GET', '/contacts?page_token=made-up'],
    ['GET', '/event_type_available_times'],
    ['POST', '/contacts'],
    ['POST', '/invitees'],
  ])('400 for %s %s', async (method, path) => {
    const calendly = await new ConnectedCalendly().identify();
    expect(await call(calendly, method, path, method === 'POST' ? {} : undefined)).toBe(400);
  });

  test("a plain member may see neither the organization's events nor somebody else's", async () => {
    const owner = await new ConnectedCalendly().identify();
    const member = await new ConnectedCalendly({ user: 1 }).identify();
    const organization = 'https://api.calendly.com/organizations/a5b0c7de-1f3e-4f7b-9c55-2d7f6c1be001';
    const asked = `/scheduled_events?organization=${encodeURIComponent(organization)}`;
    expect(await call(owner, 'GET', asked)).toBe(200);
    expect(await call(member, 'GET', asked)).toBe(403);
    const others = owner
      .truth('appointments')
      .find(({ event_memberships }) => event_memberships[0]?.user_name !== 'Theo Okafor');
    expect(await call(member, 'GET', `/scheduled_events/${idOf(others?.uri)}`)).toBe(403);
    expect(await call(member, 'GET', '/scheduled_events/unknown')).toBe(404);
  });

  test('times that have begun, and stretches beyond 31 days', async () => {
    const calendly = await new ConnectedCalendly().identify();
    const now = calendly.clock.now();
    const [type] = calendly.truth('services');
    const times = (from: number, to: number) =>
      call(
        calendly,
        'GET',
        `/event_type_available_times?${new URLSearchParams({
          event_type: type?.uri ?? '',
          start_time: new Date(from).toISOString(),
          end_time: new Date(to).toISOString(),
        })}`,
      );
    const day = 86_400_000;
    expect(await times(now - 1_000, now + day)).toBe(400);
    expect(await times(now + 60_000, now + 60_000 + 31 * day)).toBe(200);
    expect(await times(now + 60_000, now + 60_001 + 31 * day)).toBe(400);
  });
});
