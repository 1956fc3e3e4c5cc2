import type { LocalHub } from '../local-hub/start-local-hub.ts';
import { ConnectedWorkspace } from './connected-workspace.ts';
import { type Measurement, median } from './measurement.ts';

const RUNS = 3;

/**
 * A first full sync against the bound that the provider sets: its pages come one after the other, each after the
 * latency, so no sync can be faster than pages times latency.
 */
export async function measureSyncThroughput(hub: LocalHub, latencyMs: number): Promise<Measurement> {
  const ratios: number[] = [];
  const seconds: number[] = [];
  let pages = 0;
  let records = 0;
  for (let attempt = 0; attempt < RUNS; attempt += 1) {
    const workspace = await ConnectedWorkspace.connect(hub, `bench-sync-${attempt}`, ['contacts', 'deals']);
    await hub.sandbox.resetCounters();
    const { startedAt, completedAt, counts } = await workspace.lastRun();
    const requests = (await hub.sandbox.counters()).hubspot?.total ?? Number.NaN;
    const took = Date.parse(completedAt ?? '') - Date.parse(startedAt ?? '');
    ratios.push(took / (requests * latencyMs));
    seconds.push(took / 1000);
    pages = requests;
    records = Object.values(counts).reduce((sum, { seen }) => sum + seen, 0);
  }
  return {
    what: `first full sync of ${records} records : ${pages} answers × ${latencyMs} ms`,
    ours: `${median(seconds).toFixed(2)} s median of ${RUNS}`,
    against: `${((pages * latencyMs) / 1000).toFixed(2)} s`,
    ratio: median(ratios),
    aim: 'at most 1.1',
  };
}
