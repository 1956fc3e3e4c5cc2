/**
 * The sync function is killed at every point of a run: before each request to table, provider and queue takes place,
 * and right after it did. Whatever the point, delivering its message again completes the run once, with nothing lost.
 *
 * Engine, connector and table adapters are the deployed ones. The deployed bundle is not killed here: its lease of five
 * minutes would have to be waited for, while these tests own the clock.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DynaliteTable, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import type { MirrorRecord } from '../../lambdas/core/model/mirror-record.ts';
import { SandboxClient } from '../sandbox/sandbox-client.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { killAtEveryPoint, runMessage, type Scenario } from './support/kill-points.ts';
import { consentTo, truthOf, withoutLimits } from './support/sync-world.ts';

const SALON = '48127733';

let local: DynaliteTable;
let sandbox: Sandbox;

beforeAll(async () => {
  local = await startDynalite();
  sandbox = await startSandbox({ port: 0, contacts: 15, deals: 4 });
  await withoutLimits(sandbox);
});
afterAll(async () => {
  await sandbox.close();
  await local.close();
});

async function fullRun(): Promise<Scenario> {
  const { hubspot } = new SandboxClient(sandbox.url);
  const tokens = await consentTo(sandbox, SALON);
  const people = (await truthOf(sandbox, SALON)).filter(({ keys }) => keys.length > 0);
  const [archived, first, second, another] = people;
  if (!archived || !first || !second || !another) throw new Error('too few people');
  await hubspot.archive('contacts', archived.id);
  await hubspot.merge('contacts', first.id, second.id);
  // What the mirror holds from earlier: archived and merged since then, and one that no feed will ever report.
  const gone: MirrorRecord[] = [archived, first, second, { ...another, id: '77' }];
  return {
    local,
    sandbox,
    truth: await truthOf(sandbox, SALON),
    gone,
    now: Date.now() + 60_000,
    earlierRuns: 0,
    async prepare(world) {
      await world.connect(tokens);
      await world.mirror.write(
        world.scope,
        gone.map((record) => ({ record, previousKeys: null })),
      );
    },
    messages: (world) => [runMessage(world, 'full')],
  };
}

test('a full run over two pages of contacts and a page of deals survives death at every point', async () => {
  expect(await killAtEveryPoint(await fullRun())).toBeGreaterThan(40);
}, 300_000);
