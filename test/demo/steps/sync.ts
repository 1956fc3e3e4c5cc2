import { ConnectorFactory } from '../../../lambdas/connectors/factory.ts';
import {
  type ResourceCounts,
  type SyncRun,
  type SyncType,
  TERMINAL_STATUSES,
} from '../../../lambdas/core/model/sync-run.ts';
import type { ConnectedContext, MeasuredRun } from '../demo-context.ts';
import { DemoError, expectThat } from '../demo-error.ts';
import { count } from '../format.ts';
import { pause } from '../limits.ts';
import type { StepView } from './steps.ts';

/** A run that counts no further record for so long is stuck, in ms. Parked runs wait for half a minute at first. */
const STALL_LIMIT_MS = 120_000;
const RUN_LIMIT_MS = 30 * 60_000;
const POLL_MS = 200;
/** The function's report comes a moment after the run's end. */
const REPORT_LIMIT_MS = 10_000;

/** The run that connecting has started. */
export function firstSync(context: ConnectedContext): Promise<MeasuredRun> {
  return sync(context, 'First full sync', 'full', async () => {
    const { api, scope, signal } = context;
    for (let waited = 0; waited < STALL_LIMIT_MS; waited += POLL_MS) {
      const run = (await api.syncs(scope.integrationId)).find(({ trigger }) => trigger === 'connect');
      if (run) return run;
      await pause(POLL_MS, signal);
    }
    throw new DemoError('connecting has started no sync');
  });
}

export function requestSync(context: ConnectedContext, title: string, type: SyncType): Promise<MeasuredRun> {
  return sync(context, title, type, () => context.api.startSync(context.scope.integrationId, type));
}

async function sync(
  context: ConnectedContext,
  title: string,
  type: SyncType,
  start: () => Promise<SyncRun>,
): Promise<MeasuredRun> {
  const { findings, hub, steps } = context;
  const work = async (view: StepView): Promise<MeasuredRun> => {
    const expected = await recordsToSee(context, type);
    const reportsBefore = hub.cloud.functions.reports('sync').length;
    const begin = performance.now();
    const run = await followRun(context, await start(), view.progress(expected));
    const durationMs = performance.now() - begin;
    expectThat(run.status === 'completed', `the run ${run.status}: ${run.error?.code} ${run.error?.message}`);
    expectThat(run.rejections.length === 0, `the run could not read ${run.rejections.length} records`);
    const measured = { run, durationMs, ...(await memoryOf(context, reportsBefore)) };
    findings.runs.push(measured);
    view.done(describeRun(run));
    return measured;
  };
  return steps.run(title, work, RUN_LIMIT_MS);
}

/** Follows a run to its end, and a folded one to the run that does its work. */
async function followRun(
  { api, scope, signal }: ConnectedContext,
  started: SyncRun,
  progress: { update(value: number): void },
): Promise<SyncRun> {
  let run = started;
  let seen = -1;
  let movedAt = performance.now();
  for (;;) {
    const now = sumOf(run, 'seen');
    if (now !== seen) movedAt = performance.now();
    seen = now;
    progress.update(seen);
    if (run.status === 'folded' && run.foldedInto !== null) {
      run = await api.sync(scope.integrationId, run.foldedInto);
      continue;
    }
    if (TERMINAL_STATUSES.has(run.status)) return run;
    const stalledMs = performance.now() - movedAt;
    expectThat(stalledMs < STALL_LIMIT_MS, `the run is ${run.status} and has not moved for ${STALL_LIMIT_MS / 1000} s`);
    await pause(POLL_MS, signal);
    run = await api.sync(scope.integrationId, run.runId);
  }
}

/** What the run will read: everything, or what changed since the last run began, less the overlap. */
async function recordsToSee({ scenario, findings }: ConnectedContext, type: SyncType): Promise<number> {
  const manifest = ConnectorFactory.manifest(findings.provider.type);
  const last = findings.runs.at(-1)?.run.startedAt ?? null;
  const since = type === 'full' || last === null ? 0 : Date.parse(last) - manifest.overlapMs;
  let records = 0;
  for (const resource of scenario.resources) {
    for await (const { updatedAt } of scenario.truth(resource))
      if (updatedAt === null || Date.parse(updatedAt) >= since) records += 1;
  }
  return records;
}

async function memoryOf(
  { hub, signal }: ConnectedContext,
  reportsBefore: number,
): Promise<Pick<MeasuredRun, 'maxMemoryMb' | 'heapUsedMb'>> {
  for (let waited = 0; waited < REPORT_LIMIT_MS; waited += POLL_MS) {
    const reports = hub.cloud.functions.reports('sync').slice(reportsBefore);
    if (reports.length > 0) {
      return {
        maxMemoryMb: Math.max(...reports.map(({ maxMemoryMb }) => maxMemoryMb)),
        heapUsedMb: Math.max(...reports.map(({ heapUsedMb }) => heapUsedMb)),
      };
    }
    await pause(POLL_MS, signal);
  }
  throw new DemoError('the sync function has not reported the end of the run');
}

export function sumOf(run: SyncRun, member: keyof ResourceCounts): number {
  return Object.values(run.counts).reduce((sum, counts) => sum + counts[member], 0);
}

function describeRun(run: SyncRun): string {
  const numbers = (['seen', 'upserted', 'unchanged', 'deleted'] as const).map(
    (name) => `${count(sumOf(run, name))} ${name}`,
  );
  return [...numbers, ...(run.waits > 0 ? [`parked ${run.waits} times`] : [])].join(', ');
}
