import * as z from 'zod';
import type { LocalHub } from '../local-hub/start-local-hub.ts';
import { median, timed } from './measurement.ts';

const PAGES = 20;
const APP = { client_id: 'hubspot-client', client_secret: 'hubspot-secret' };
const REDIRECT_URI = 'http://localhost:9/callback';
const SCOPES = 'oauth crm.objects.contacts.read crm.objects.contacts.write crm.objects.deals.read';

const tokenAnswer = z.object({ access_token: z.string() });

/** How long one full page takes a bare client that reads it and does nothing with it, in ms. */
export async function measurePageLatency(hub: LocalHub): Promise<number> {
  const authorize = new URL('https://app.hubspot.com/oauth/authorize');
  const consent = { client_id: APP.client_id, redirect_uri: REDIRECT_URI, scope: SCOPES, state: 'bench' };
  for (const [name, value] of Object.entries(consent)) authorize.searchParams.set(name, value);
  const code = new URL(await hub.sandbox.approve(authorize.toString())).searchParams.get('code') ?? '';
  const base = `${hub.sandbox.url}/hubspot`;
  const answer = await fetch(`${base}/oauth/2026-09/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, ...APP }),
  });
  const { access_token: token } = tokenAnswer.parse(await answer.json());

  const page = `${base}/crm/objects/2026-09/contacts?limit=100&properties=email,firstname,lastname,phone,lastmodifieddate`;
  const times: number[] = [];
  for (let index = 0; index < PAGES; index += 1) {
    times.push(await timed(async () => (await fetch(page, { headers: { authorization: `Bearer ${token}` } })).json()));
  }
  return median(times);
}
