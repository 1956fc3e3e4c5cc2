import { SandboxClient } from '../sandbox-client.ts';
import { type SandboxOptions, startSandbox } from '../server.ts';

export const REDIRECT_URI = 'http://localhost:8787/oauth/callback';
export const SCOPES = ['oauth', 'crm.objects.contacts.read', 'crm.objects.contacts.write', 'crm.objects.deals.read'];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As `JSON.parse` gives it: tests look into answers of many shapes. */
  readonly body: ReturnType<typeof JSON.parse>;
}

/** For tests: a running sandbox with its client. */
export async function runSandbox(options: Partial<SandboxOptions> = {}) {
  const sandbox = await startSandbox({ port: 0, contacts: 30, ...options });
  return { sandbox, client: new SandboxClient(sandbox.url), base: `${sandbox.url}/hubspot` };
}

export function authorizeUrl(change: Readonly<Record<string, string>> = {}): string {
  const query = {
    client_id: 'hubspot-client',
    redirect_uri: REDIRECT_URI,
    scope: SCOPES.join(' '),
    state: 's-1',
    ...change,
  };
  return `https://app.hubspot.com/oauth/authorize?${new URLSearchParams(query)}`;
}

export async function postForm(url: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
  return read(await fetch(url, { method: 'POST', body: new URLSearchParams(fields) }));
}

export function tokenRequest(base: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
  const client = { client_id: 'hubspot-client', client_secret: 'hubspot-secret' };
  return postForm(`${base}/oauth/2026-09/token`, { ...client, ...fields });
}

/** For tests: a sandbox whose owner has said yes, and a caller with the token. */
export async function connect(options: Partial<SandboxOptions> = {}, authorize: Readonly<Record<string, string>> = {}) {
  const running = await runSandbox(options);
  const back = new URL(await running.client.approve(authorizeUrl(authorize)));
  const code = back.searchParams.get('code') ?? '';
  const tokens = await tokenRequest(running.base, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
  });
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    read(
      await fetch(running.base + path, {
        method,
        headers: { authorization: `Bearer ${tokens.body.access_token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const objects = (method: string, path: string, body?: unknown) => call(method, `/crm/objects/2026-09${path}`, body);
  return { ...running, tokens: tokens.body, call, objects };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: the text itself is the answer.
  }
  return { status: response.status, headers: response.headers, body };
}
