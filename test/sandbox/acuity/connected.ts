/** For tests: an Acuity of our own in this process, and the hub's connector on it. */
import type * as z from 'zod';
import { createConnector } from '../../../lambdas/connectors/acuity/index.ts';
import type { ConnectorSession } from '../../../lambdas/connectors/connector.ts';
import { sessionFor } from '../../../lambdas/connectors/kit/scripted-http.ts';
import type { integrationConfigSchema } from '../../../lambdas/core/model/integration.ts';
import { errorForStatus } from '../../../lambdas/core/provider-http/error-mapping.ts';
import type {
  ProviderHttp,
  ProviderRequest,
  ProviderResponse,
} from '../../../lambdas/core/provider-http/provider-http.ts';
import { SandboxClock } from '../mechanics/clock.ts';
import { Counters } from '../mechanics/counters.ts';
import type { SandboxProvider } from '../mechanics/provider.ts';
import { createAcuity } from './acuity.ts';
import type { AcuityPatch } from './settings.ts';

export const CLIENT = { client_id: 'acuity-client', client_secret: 'acuity-secret' };
export const REDIRECT_URI = 'https://hub.example.com/oauth/callback';

export interface Running {
  readonly provider: SandboxProvider;
  readonly token: string;
  /** An API call with the token; answers status and parsed body. */
  call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; headers: Headers; body: ReturnType<typeof JSON.parse> }>;
}

/** @param settings limits are lifted unless they are given. */
export async function connected(settings: AcuityPatch = {}, contacts = 40, account = '21300007'): Promise<Running> {
  const clock = new SandboxClock();
  const provider = createAcuity({ clock, counters: new Counters(), seed: 7, contacts, deals: null, clients: {} });
  provider.settings.change({ limit: { max: 1_000_000, intervalMs: 1_000 }, ...settings });
  const token = await tokenFor(provider, account);
  return {
    provider,
    token,
    async call(method, path, body) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await provider.app.fetch(
        new Request(`https://acuityscheduling.com/api/v1${path}`, {
          ...{ method, headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
  };
}

export async function postForm(provider: SandboxProvider, path: string, fields: Readonly<Record<string, string>>) {
  const response = await provider.app.fetch(
    new Request(`https://acuityscheduling.com${path}`, { method: 'POST', body: new URLSearchParams(fields) }),
  );
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

export async function codeFor(provider: SandboxProvider, account: string): Promise<string> {
  const fields = { response_type: 'code', client_id: CLIENT.client_id, redirect_uri: REDIRECT_URI, scope: 'api-v1' };
  const form = new URLSearchParams({ ...fields, account, decision: 'approve' });
  const answer = await provider.app.fetch(
    new Request('https://acuityscheduling.com/oauth2/authorize', { method: 'POST', body: form }),
  );
  return new URL(answer.headers.get('location') ?? 'https://none.example').searchParams.get('code') ?? '';
}

async function tokenFor(provider: SandboxProvider, account: string): Promise<string> {
  const code = await codeFor(provider, account);
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, ...CLIENT };
  return (await postForm(provider, '/oauth2/token', fields)).body.access_token;
}

/** Keeps the rules of the real client, without retries. */
class SandboxHttp implements ProviderHttp {
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  async request<Schema extends z.ZodType>(
    request: ProviderRequest<Schema>,
  ): Promise<ProviderResponse<z.infer<Schema>>> {
    const url = new URL(request.url);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const path = `${url.pathname.slice('/api/v1'.length)}${url.search}`;
    const { status, headers, body } = await this.#running.call(request.method, path, request.json);
    if (request.expectStatuses?.includes(status)) return { status, headers, data: null, rejected: body };
    if (status >= 400)
      throw createConnector().classifyError?.({ status, body, headers }) ?? errorForStatus('Acuity', status);
    return { status, headers, data: request.schema.parse(body) };
  }
}

/** A session on that account, at the sandbox's own time. */
export async function sessionOn(
  running: Running,
  config: z.input<typeof integrationConfigSchema> = { defaultCountry: 'GB', timeZone: 'Europe/London' },
): Promise<ConnectorSession> {
  const http = new SandboxHttp(running);
  const account = await createConnector().identifyAccount(sessionFor(http, config));
  return { ...sessionFor(http, config, account), now: () => Date.now() };
}
