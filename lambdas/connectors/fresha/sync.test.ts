import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../core/model/mirror-record.ts';
import { type Recorded, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import { syncData } from './sync.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';
const count = (to: number) => Array.from({ length: to }, (_, index) => `cl_${index}`);

/** Clients by pages of a hundred. `change` is called before each answer but the first. */
function clients(ids: string[], change: (ids: string[], call: number) => void = () => undefined) {
  let calls = 0;
  return new ScriptedHttp(({ query }: Recorded) => {
    if (calls > 0) change(ids, calls);
    calls += 1;
    const page = Number(query?.page ?? 1);
    return { body: { data: ids.slice((page - 1) * 100, page * 100).map((id) => ({ id })) } };
  }, classifyError);
}

async function pull(http: ScriptedHttp): Promise<string[]> {
  const seen: string[] = [];
  let cursor: Json | null = null;
  do {
    const request = { resource: 'clients', mode: 'full', since: null, until: UNTIL, feedState: null, cursor } as const;
    const page = await syncData(sessionFor(http), request);
    seen.push(...page.records.map(({ id }) => id));
    cursor = JSON.parse(JSON.stringify(page.next));
  } while (cursor !== null && http.requests.length < 60);
  expect(cursor).toBeNull();
  return seen;
}

describe('a full pull of clients', () => {
  test.each([0, 1, 99, 100, 101, 189, 190, 200, 201, 350])('shows each of %d', async (size) => {
    expect(new Set(await pull(clients(count(size))))).toEqual(new Set(count(size)));
  });

  test.each(['gone', 'come'] as const)('sees every live client, whoever has %s meanwhile', async (what) => {
    const edit = fc.record({ call: fc.integer({ min: 1, max: 6 }), at: fc.nat(350), rows: fc.nat(6) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 350 }), fc.array(edit, { maxLength: 3 }), async (size, edits) => {
        const live = count(size);
        const removed = new Set<string>();
        let newest = 10_000;
        const http = clients(live, (ids, call) => {
          for (const { at, rows } of edits.filter((one) => one.call === call)) {
            const added = what === 'come' ? count(rows).map(() => `cl_${newest++}`) : [];
            for (const id of ids.splice(Math.min(at, ids.length), what === 'gone' ? rows : 0, ...added))
              removed.add(id);
          }
        });
        const seen = new Set(await pull(http));
        for (const id of count(size)) expect(seen.has(id) || removed.has(id)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('ends where the number of a page is not heeded: the contract is another one', async () => {
    const http = new ScriptedHttp(() => ({ body: { data: count(100).map((id) => ({ id })) } }), classifyError);
    await expect(pull(http)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(http.requests).toHaveLength(3);
  });
});
