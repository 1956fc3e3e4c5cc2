/** For tests: an account of the sandbox's Acuity, through the hub's connector and by hand. */
import { createConnector } from '../../../lambdas/connectors/acuity/index.ts';
import { ConnectedAccount } from '../mechanics/connected-account.ts';
import type { SessionConfig } from '../mechanics/connector-session.ts';
import type { SandboxProvider } from '../mechanics/provider.ts';
import { createAcuity } from './acuity.ts';
import type { AcuityPatch } from './settings.ts';

export const CLIENT = { client_id: 'acuity-client', client_secret: 'acuity-secret' };
export const REDIRECT_URI = 'https://hub.example.com/oauth/callback';

export class ConnectedAcuity extends ConnectedAccount {
  /** @param settings limits are lifted unless they are given. */
  constructor(settings: AcuityPatch = {}, accountId = '21300007', config: SessionConfig = {}) {
    super(createAcuity, {
      connector: createConnector(),
      accountId,
      seed: 7,
      settings: { limit: { max: 1_000_000, intervalMs: 1_000 }, ...settings },
      config: { defaultCountry: 'GB', timeZone: 'Europe/London', ...config },
    });
  }

  /** An API call with the token; answers status and parsed body. */
  readonly call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const request = new Request(`https://acuityscheduling.com/api/v1${path}`, { method, headers, ...json });
    const response = await this.provider.app.fetch(request);
    // As `JSON.parse` gives it: tests look into answers of many shapes.
    const answer: ReturnType<typeof JSON.parse> = await response.json();
    return { status: response.status, headers: response.headers, body: answer };
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
