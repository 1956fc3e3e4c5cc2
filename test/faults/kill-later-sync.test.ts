/** As `kill-sync.test.ts`, for the runs after the first: few changes, deletions, and a second request on the way. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DynaliteTable, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import { SandboxClient } from '../sandbox/sandbox-client.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { killAtEveryPoint, runMessage, type Scenario } from './support/kill-points.ts';
import { consentTo, copyWorkspace, SyncWorld, truthOf, withoutLimits } from './support/sync-world.ts';

const SALON = '48127733';

let local: DynaliteTable;
let sandbox: Sandbox;
let synced: Omit<Scenario, 'messages'>;

/** Every world begins as a copy of one that had its first full run, before these edits were made. */
beforeAll(async () => {
  local = await startDynalite();
  sandbox = await startSandbox({ port: 0, contacts: 9, deals: 3 });
  await withoutLimits(sandbox);
  const template = new SyncWorld(local, sandbox, 'template', Date.now(), 1_000);
  await template.connect(await consentTo(sandbox, SALON));
  await template.queue.send(runMessage(template, 'full', 60_000));
  await template.drain();
  const copyTo = await copyWorkspace(local, 'template');

  const before = await truthOf(sandbox, SALON);
  const [a, b, c, d, e, f] = before.filter(({ keys }) => keys.length > 0);
  const deal = before.find(({ resource }) => resource === 'deals');
  if (!a || !b || !c || !d || !e || !f || !deal) throw new Error('too few records');
  const { hubspot } = new SandboxClient(sandbox.url);
  await hubspot.archive('contacts', a.id);
  await hubspot.archive('contacts', b.id);
  await hubspot.merge('contacts', c.id, d.id);
  await hubspot.patch('contacts', e.id, { phone: '+447700900555', firstname: 'New' });
  await hubspot.touch('contacts', { ids: [f.id], properties: { email: 'moved@example.com' } });
  await hubspot.create('contacts', { firstname: 'Fresh', email: 'fresh@example.com' });
  await hubspot.archive('deals', deal.id);
  synced = {
    local,
    sandbox,
    truth: await truthOf(sandbox, SALON),
    gone: [a, b, c, d],
    now: Date.now() + 60_000,
    earlierRuns: 1,
    prepare: (world) => copyTo(world.scope.workspaceId),
  };
});
afterAll(async () => {
  await sandbox.close();
  await local.close();
});

describe('death at every point', () => {
  test('of an incremental run with deletions', async () => {
    const scenario = { ...synced, messages: (world: SyncWorld) => [runMessage(world, 'incremental')] as const };
    expect(await killAtEveryPoint(scenario)).toBeGreaterThan(25);
  }, 300_000);

  test('of a full run over records that are in the mirror already', async () => {
    const scenario = { ...synced, messages: (world: SyncWorld) => [runMessage(world, 'full')] as const };
    expect(await killAtEveryPoint(scenario)).toBeGreaterThan(25);
  }, 300_000);

  test('of a run that a second request was folded into', async () => {
    const messages = (world: SyncWorld) =>
      [runMessage(world, 'incremental', 2), runMessage(world, 'incremental', 1)] as const;
    expect(await killAtEveryPoint({ ...synced, messages })).toBeGreaterThan(25);
  }, 300_000);
});
