import * as z from 'zod';
import type { ConnectorSession } from '../../../lambdas/connectors/connector.ts';
import { createConnector } from '../../../lambdas/connectors/square/index.ts';
import { API_ORIGIN } from '../../../lambdas/connectors/square/manifest.ts';
import type { ProviderAccount } from '../../../lambdas/core/model/integration.ts';
import { SandboxClock } from '../mechanics/clock.ts';
import { connectorSession } from '../mechanics/connector-session.ts';
import { Counters } from '../mechanics/counters.ts';
import { SCOPES, type SquarePatch } from './settings.ts';
import { createSquare } from './square.ts';

export const REDIRECT_URI = 'https://hub.example.com/oauth/callback';
export const CLIENT = { client_id: 'square-client', client_secret: 'square-secret' };

/** As `JSON.parse` gives it: tests look into answers of many shapes. */
type Parsed = ReturnType<typeof JSON.parse>;

const tokensSchema = z.looseObject({ access_token: z.string(), refresh_token: z.string() });

/** For tests: Square's sandbox without a server, whose owner can be asked for consent. */
export function runSquare(options: { contacts?: number; settings?: SquarePatch } = {}) {
  const clock = new SandboxClock();
  const setup = {
    clock,
    counters: new Counters(),
    seed: 1,
    contacts: options.contacts ?? 30,
    clients: {},
    deals: null,
  };
  const provider = createSquare(setup);
  provider.settings.change({ limit: { max: 10_000, intervalMs: 1000 }, searchLagMs: 0, ...options.settings });

  const call = async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await provider.app.request(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as Parsed };
  };
  const consent = async (change: Readonly<Record<string, string>> = {}) => {
    const form = new URLSearchParams({
      client_id: CLIENT.client_id,
      redirect_uri: REDIRECT_URI,
      scope: SCOPES.join(' '),
      state: 's-1',
      session: 'false',
      account: 'MLSALON000001',
      decision: 'approve',
      ...change,
    });
    const answer = await provider.app.request('/oauth2/authorize', { method: 'POST', body: form });
    return { status: answer.status, back: new URL(answer.headers.get('location') ?? 'none:') };
  };
  const token = (body: object) => call('POST', '/oauth2/token', { ...CLIENT, ...body });
  return { clock, provider, call, consent, token };
}

/** For tests: a connected seller, by hand and through the connector. */
export async function connectSquare(
  options: Parameters<typeof runSquare>[0] & { scope?: string; account?: string } = {},
) {
  const square = runSquare(options);
  const { scope = SCOPES.join(' '), account: merchant = 'MLSALON000001' } = options;
  const { back } = await square.consent({ scope, account: merchant });
  const code = back.searchParams.get('code') ?? '';
  const { body } = await square.token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI });
  const tokens = tokensSchema.parse(body);
  const authorization = { authorization: `Bearer ${tokens.access_token}` };
  const connector = createConnector();
  const sessionWith = (account: ProviderAccount | null): ConnectorSession =>
    connectorSession({
      connector,
      account,
      token: tokens.access_token,
      callClass: 'background_read',
      config: { defaultCountry: 'GB' },
      fetch: async (input, init) => square.provider.app.request(String(input).replace(API_ORIGIN, ''), init),
      clock: { now: () => square.clock.now(), sleep: async () => undefined },
    });
  const session = sessionWith(await connector.identifyAccount(sessionWith(null)));
  const api = (method: string, path: string, data?: unknown) => square.call(method, path, data, authorization);
  return { ...square, tokens, authorization, api, connector, session };
}
