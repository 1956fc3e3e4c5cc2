/** Plays a run again and again, killing its worker at each point in turn, and checks what is left when all is done. */
import { expect } from '@jest/globals';
import type { DynaliteTable } from '../../../lambdas/aws/dynalite-table.ts';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { TERMINAL_STATUSES } from '../../../lambdas/core/model/sync-run.ts';
import type { SyncMessage } from '../../../lambdas/core/ports.ts';
import { newRunId } from '../../../lambdas/core/sync/run-id.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { Death } from './mortal-life.ts';
import { SyncWorld } from './sync-world.ts';

const MINUTE = 60_000;
/** When a dead worker's message comes back: while its lease is still held, or long after. */
const VISIBILITY_MS = { 'at once': 1_000, late: 90 * MINUTE } as const;
type Redelivery = keyof typeof VISIBILITY_MS;

/**
 * Before each deed and after it; the message comes back long after, or while the lease is still held. (Death after one
 * deed and death before the next leave the same behind, so each point is met with both.)
 */
const DEATHS = [
  { landed: false, redelivery: 'late' },
  { landed: true, redelivery: 'at once' },
] as const;

type RunMessage = SyncMessage & { readonly runId: string };

export interface Scenario {
  readonly local: DynaliteTable;
  readonly sandbox: Sandbox;
  /** What the mirror must hold in the end. */
  readonly truth: readonly MirrorRecord[];
  /** People who must not be found any more. */
  readonly gone: readonly MirrorRecord[];
  /** Epoch ms at which the run begins. */
  readonly now: number;
  prepare(world: SyncWorld): Promise<unknown>;
  /** The first one's worker dies; a second one arrives while it is at work. */
  messages(world: SyncWorld): readonly [RunMessage, RunMessage?];
  /** Runs that were completed before. */
  readonly earlierRuns: number;
}

export function runMessage(world: SyncWorld, type: 'full' | 'incremental', ageMs = 0): RunMessage {
  return { ...world.scope, type, trigger: 'manual', runId: newRunId(world.clock.now() - ageMs) };
}

/** Tries every point of the first message's run, both before and after the deed. Answers how many deeds it has. */
export async function killAtEveryPoint(scenario: Scenario): Promise<number> {
  const undisturbed = await play(scenario, 'late', null);
  expect(undisturbed.outcome).toBe('finished');
  for (const { landed, redelivery } of DEATHS) {
    for (let at = 1; at <= undisturbed.deeds; at += 1) {
      const { outcome } = await play(scenario, redelivery, { at, landed }).catch((cause: Error) => {
        const when = `${landed ? 'after' : 'before'} deed ${at} of ${undisturbed.deeds}, redelivered ${redelivery}`;
        throw new Error(`killed ${when}: ${cause.message}`, { cause });
      });
      expect(outcome).toBe('died');
    }
  }
  return undisturbed.deeds;
}

let worlds = 0;

async function play(scenario: Scenario, redelivery: Redelivery, death: Death | null) {
  worlds += 1;
  const { local, sandbox, now } = scenario;
  const world = new SyncWorld(local, sandbox, `kill${worlds}`, now, VISIBILITY_MS[redelivery]);
  await scenario.prepare(world);
  const [first, second] = scenario.messages(world);
  await world.queue.send(first);
  const meanwhile = second && { message: second, deliver: () => world.sendAndDeliver(second) };
  const played = await world.deliver(death, meanwhile?.deliver);
  // A worker that died before it got so far: the second message arrives all the same, while the lease is held.
  if (meanwhile && !world.hasSeen(meanwhile.message)) await meanwhile.deliver();
  await world.drain();
  await expectTruth(world, scenario);
  await expectTidy(world, second ? [first, second] : [first], scenario.earlierRuns);
  return played;
}

async function expectTruth(world: SyncWorld, { truth, gone }: Scenario): Promise<void> {
  const { mirror, scope } = world;
  for (const resource of ['contacts', 'deals'] as const) {
    const wanted = truth.filter((record) => record.resource === resource);
    const present: string[] = [];
    for await (const page of mirror.outline(scope, resource)) present.push(...page.map(({ id }) => id));
    expect(present.sort()).toEqual(wanted.map(({ id }) => id).sort());
    // The hash covers everything that the provider says about a record.
    const known = await mirror.known(scope, resource, present);
    const hashes = wanted.map(({ id, hash, keys }) => ({ id, hash, keys }));
    expect(hashes.map(({ id }) => ({ id, hash: known.get(id)?.hash, keys: known.get(id)?.keys }))).toEqual(hashes);
  }
  const people = truth.filter(({ keys }) => keys.length > 0);
  for (const person of [people.at(0), people.at(Math.floor(people.length / 2)), people.at(-1)]) {
    for (const key of person?.keys ?? []) {
      const found = await mirror.findByKey(scope.workspaceId, key);
      expect(found.map(({ record }) => record.id)).toContain(person?.id);
    }
  }
  const goneIds = new Set(gone.map(({ id }) => id));
  for (const key of new Set(gone.flatMap(({ keys }) => keys))) {
    const found = await mirror.findByKey(scope.workspaceId, key);
    expect(found.filter(({ record }) => goneIds.has(record.id))).toEqual([]);
  }
}

/** Each run completed once and no other was ever logged; nobody holds anything; nothing is left to do. */
async function expectTidy(world: SyncWorld, messages: readonly RunMessage[], earlierRuns: number): Promise<void> {
  const runs = await world.runs();
  const ours = runs.slice(0, runs.length - earlierRuns);
  expect(ours.map(({ runId, status }) => [runId, status]).sort()).toEqual(
    messages.map(({ runId }) => [runId, 'completed']).sort(),
  );
  expect(ours.every(({ status }) => TERMINAL_STATUSES.has(status))).toBe(true);
  const state = await world.state();
  expect(state).toMatchObject({ lease: null, active: null, followUp: null, lastRun: { status: 'completed' } });
  const completeUntil = ours
    .map(({ startedAt }) => startedAt)
    .sort()
    .at(-1);
  expect(state.watermarks).toMatchObject({ contacts: { completeUntil }, deals: { completeUntil } });
  expect(world.queue.size).toBe(0);
}
