import type { LocalHub } from '../local-hub/start-local-hub.ts';
import { ConnectedWorkspace } from './connected-workspace.ts';
import { type Measurement, median } from './measurement.ts';
import { measurePageLatency } from './page-latency.ts';

const RUNS = 3;

/**
 * A first full sync against the bound that the provider sets: its answers come one after the other, so no sync can be
 * faster than their number times what one page takes a client that does nothing with it.
 */
export async function measureSyncThroughput(hub: LocalHub, latencyMs: number): Promise<Measurement> {
  const ratios: number[] = [];
  const seconds: number[] = [];
  const pageMs = await measurePageLatency(hub);
  let requests = 0;
  let records = 0;
  for (let attempt = 0; attempt < RUNS; attempt += 1) {
    const workspace = await ConnectedWorkspace.connect(hub, `bench-sync-${attempt}`, ['contacts', 'deals']);
    await hub.sandbox.resetCounters();
    const { startedAt, completedAt, counts } = await workspace.lastRun();
    requests = (await hub.sandbox.counters()).hubspot?.total ?? Number.NaN;
    const took = Date.parse(completedAt ?? '') - Date.parse(startedAt ?? '');
    ratios.push(took / (requests * pageMs));
    seconds.push(took / 1000);
    records = Object.values(counts).reduce((sum, { seen }) => sum + seen, 0);
  }
  return {
    what: `first full sync of ${records} records (provider at ${latencyMs} ms)`,
    ours: `${median(seconds).toFixed(2)} s median of ${RUNS}`,
    against: `${requests} answers × ${pageMs.toFixed(1)} ms = ${((requests * pageMs) / 1000).toFixed(2)} s`,
    ratio: median(ratios),
    aim: 'at most 1.1',
  };
}
