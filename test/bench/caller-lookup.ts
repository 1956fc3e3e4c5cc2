import { parsePhone } from '../../lambdas/core/phone.ts';
import type { LocalHub } from '../local-hub/start-local-hub.ts';
import { ConnectedWorkspace } from './connected-workspace.ts';
import { type Measurement, median, timed } from './measurement.ts';

const LOOKUPS = 40;
const WARM_UP = 5;
/** HubSpot allows 5 searches a second; a live look-up is one. */
const PACE_MS = 250;

/**
 * The same callers looked up in two workspaces: one has them in its mirror, the other syncs deals only and must ask
 * the provider. Both through the real functions and the API; the provider answers after its latency.
 */
export async function measureCallerLookup(hub: LocalHub, latencyMs: number): Promise<Measurement> {
  const mirrored = await ConnectedWorkspace.connect(hub, 'bench-mirror', ['contacts']);
  const live = await ConnectedWorkspace.connect(hub, 'bench-live', ['deals']);
  await mirrored.lastRun();
  await live.lastRun();

  const times: Record<'mirror' | 'live', number[]> = { mirror: [], live: [] };
  for (const phone of await callers(hub, LOOKUPS + WARM_UP)) {
    const before = performance.now();
    times.mirror.push(await timed(() => expectVia(mirrored, phone, 'mirror')));
    times.live.push(await timed(() => expectVia(live, phone, 'live')));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, PACE_MS - (performance.now() - before))));
  }
  const ours = median(times.mirror.slice(WARM_UP));
  const peer = median(times.live.slice(WARM_UP));
  return {
    what: `caller look-up, mirror : live (provider at ${latencyMs} ms)`,
    ours: `${ours.toFixed(1)} ms median of ${LOOKUPS}`,
    against: `${peer.toFixed(1)} ms live`,
    ratio: ours / peer,
    aim: 'well below 1',
  };
}

async function expectVia(workspace: ConnectedWorkspace, phone: string, via: 'mirror' | 'live'): Promise<void> {
  const { outcome, sources } = await workspace.lookUp(phone);
  const named = outcome === 'found' || outcome === 'ambiguous';
  if (!named || sources[0]?.via !== via) throw new Error(`A caller was ${outcome} via ${sources[0]?.via}, not ${via}`);
}

async function callers(hub: LocalHub, count: number): Promise<string[]> {
  const phones = new Set<string>();
  for await (const { properties } of hub.sandbox.hubspot.truth('contacts')) {
    const { e164 } = parsePhone(properties.phone ?? '', 'GB');
    if (e164 !== null) phones.add(e164);
    if (phones.size === count) return [...phones];
  }
  throw new Error(`The seed has only ${phones.size} different callers`);
}
