/** `npm run bench`: every claim about speed, as a ratio measured in one run. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalHub } from '../local-hub/start-local-hub.ts';
import { measureCallerLookup } from './caller-lookup.ts';
import { measureFreeTimes } from './free-times.ts';
import { measureFunctionBundles } from './function-bundles.ts';
import { table } from './measurement.ts';
import { measureSyncThroughput } from './sync-throughput.ts';

const LATENCY_MS = 150;
const CONTACTS = 4000;

console.log(table(await measureFunctionBundles()));
const hub = await startLocalHub({
  port: 0,
  sandboxPort: 0,
  contacts: CONTACTS,
  latencyMs: LATENCY_MS,
  recordFile: null,
  logDirectory: mkdtempSync(join(tmpdir(), 'hub-bench-')),
});
try {
  const measurements = [];
  for (const measure of [measureSyncThroughput, measureCallerLookup, measureFreeTimes]) {
    measurements.push(await measure(hub, LATENCY_MS));
  }
  console.log(table(measurements));
} finally {
  await hub.close();
}
