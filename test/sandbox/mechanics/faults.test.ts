import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { connect, tokenRequest } from '../hubspot/connected.ts';

describe('faults', () => {
  test('a lost answer was carried out', async () => {
    const { sandbox, client, objects } = await connect();
    await client.addFault({
      kind: 'lost_answer',
      method: 'POST',
      pathPattern: '^/hubspot/crm/objects/2026-09/contacts$',
    });
    const create = () => objects('POST', '/contacts', { properties: { email: 'lost@post.example' } });
    await expect(create()).rejects.toThrow();
    expect((await create()).status).toBe(409);
    await sandbox.close();
  });

  test('resets, statuses, gateway pages and broken JSON hit as often as asked', async () => {
    const { sandbox, client, objects } = await connect();
    const list = () => objects('GET', '/contacts');
    await client.addFault({ kind: 'reset', pathPattern: '/contacts' });
    await expect(list()).rejects.toThrow();
    expect((await list()).status).toBe(200);
    await client.addFault({
      kind: 'status',
      status: 477,
      pathPattern: '/contacts',
      times: 2,
      headers: { 'retry-after': '3' },
    });
    const answers = [await list(), await list(), await list()];
    expect(answers.map(({ status }) => status)).toEqual([477, 477, 200]);
    expect(answers[0]?.headers.get('retry-after')).toBe('3');
    await client.addFault({ kind: 'html', pathPattern: '/contacts' });
    expect((await list()).headers.get('content-type')).toContain('text/html');
    await client.addFault({ kind: 'malformed', pathPattern: '/contacts' });
    expect(typeof (await list()).body).toBe('string');
    await client.addFault({ kind: 'malformed', pathPattern: '/contacts', body: { results: 'none' } });
    expect((await list()).body).toEqual({ results: 'none' });
    await client.addFault({ kind: 'hang', pathPattern: '/contacts' });
    const hanging = fetch(`${sandbox.url}/hubspot/crm/objects/2026-09/contacts`, { signal: AbortSignal.timeout(100) });
    await expect(hanging).rejects.toThrow();
    await sandbox.close();
  });

  test('latency holds answers back, and counters see what ran at once', async () => {
    const { sandbox, client, objects } = await connect();
    await client.setLatency(80, 'hubspot');
    await client.resetCounters();
    const start = performance.now();
    await Promise.all([objects('GET', '/contacts/1'), objects('GET', '/contacts/2'), objects('GET', '/deals')]);
    expect(performance.now() - start).toBeGreaterThan(75);
    expect((await client.counters()).hubspot).toMatchObject({
      requests: { 'GET /crm/objects/2026-09/contacts/:id': 2, 'GET /crm/objects/2026-09/deals': 1 },
      statuses: { 200: 1, 404: 2 },
      peakConcurrency: 3,
    });
    await sandbox.close();
  });
});

describe('record', () => {
  test('shows real URLs and no secret', async () => {
    const recordFile = join(await mkdtemp(join(tmpdir(), 'sandbox-')), 'exchanges.jsonl');
    const { sandbox, base, tokens, objects } = await connect({ recordFile });
    await objects('POST', '/contacts', { properties: { email: 'nonsense' } });
    await tokenRequest(base, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    await sandbox.close();
    const text = await readFile(recordFile, 'utf8');
    for (const secret of [tokens.access_token, tokens.refresh_token, 'hubspot-secret'])
      expect(text).not.toContain(secret);
    const [exchange, create] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(exchange.request.url).toBe('https://api.hubapi.com/oauth/2026-09/token');
    const form = new URLSearchParams(exchange.request.body);
    expect([form.get('code'), form.get('client_secret'), form.get('grant_type')]).toEqual([
      '***',
      '***',
      'authorization_code',
    ]);
    expect(exchange.response.body.access_token).toBe('***');
    expect(create.request.headers.authorization).toBe('***');
    expect(create.response.body.errors[0].code).toBe('INVALID_EMAIL');
    expect(text.trim().split('\n')).toHaveLength(3);
  });
});
