import { ConnectorFactory } from '../../lambdas/connectors/factory.ts';
import { type LocalHub, startLocalHub } from '../local-hub/start-local-hub.ts';
import { INTERRUPTED_EXIT_CODE } from './cli/interrupt.ts';
import type { DemoFindings } from './demo-context.ts';
import { InterruptedError, messageOf } from './demo-error.ts';
import type { ScenarioEntry } from './demo-scenario.ts';
import { count, seconds } from './format.ts';
import { HubApi } from './hub-api.ts';
import { within } from './limits.ts';
import { LOCAL_LOGS } from './log-directory.ts';
import { MirrorReader } from './mirror-reader.ts';
import { demonstrate } from './provider-demo.ts';
import { SCENARIOS } from './providers/scenarios.ts';
import type { Screen } from './screen.ts';
import { Steps } from './steps/steps.ts';
import { printFindings, totals } from './summary.ts';

export interface DemoOptions {
  readonly provider: 'all' | ScenarioEntry['type'];
  readonly contacts: number;
  readonly latencyMs: number;
  readonly recordFile: string | null;
  /** @default .local/logs-demo */
  readonly logDirectory?: string;
}

/** Bundling on a busy machine takes a while. */
const START_LIMIT_MS = 240_000;
const CLOSE_LIMIT_MS = 30_000;

/** The hub at work with every chosen provider. Answers the exit code: 0 if every step held and nothing differs. */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<number> {
  const begin = performance.now();
  const logDirectory = options.logDirectory ?? LOCAL_LOGS.demo;
  const steps = new Steps(screen, signal);
  const starting = startLocalHub({ port: 0, sandboxPort: 0, ...options, logDirectory });
  const findings: DemoFindings[] = [];
  try {
    const hub = await steps.run(
      'Start the hub and the providers',
      async (view) => {
        const started = await starting;
        view.done(`${started.apiUrl}, ${count(options.contacts)} contacts per provider`);
        return started;
      },
      START_LIMIT_MS,
    );
    const chosen = SCENARIOS.filter(({ type }) => options.provider === 'all' || options.provider === type);
    for (const entry of chosen) findings.push(await demonstrateProvider(entry, hub, { screen, steps, signal }));
    const counters = await hub.sandbox.counters();
    for (const one of findings) printFindings(screen, one, counters[one.provider.type]);
  } catch (error) {
    if (error instanceof InterruptedError) screen.line('Interrupted.');
    else screen.lines(['', `Demo failed: ${messageOf(error)}`, `The functions' logs are in ${logDirectory}`]);
    return error instanceof InterruptedError ? INTERRUPTED_EXIT_CODE : 1;
  } finally {
    await closeHub(starting);
  }
  const { records, differences } = totals(findings);
  screen.lines([
    `  Total time: ${seconds(performance.now() - begin)}`,
    '',
    `Demo completed: ${differences} differences in ${records} records.`,
  ]);
  return differences === 0 ? 0 : 1;
}

async function demonstrateProvider(
  entry: ScenarioEntry,
  hub: LocalHub,
  { screen, steps, signal }: { screen: Screen; steps: Steps; signal: AbortSignal },
): Promise<DemoFindings> {
  const provider = ConnectorFactory.getIntegrationInfo(entry.type);
  const findings: DemoFindings = { provider, runs: [], lookups: [], comparisons: [] };
  const mirror = new MirrorReader(hub.cloud);
  screen.heading(provider.name);
  try {
    // One business each: what is connected side by side would answer for one another.
    const api = new HubApi(hub.apiUrl, `demo-${entry.type}`, signal);
    await demonstrate({ hub, api, mirror, steps, signal, scenario: entry.create(hub.sandbox), findings });
    return findings;
  } finally {
    mirror.close();
  }
}

/** Also when the start was not waited for: what it started must not stay behind. */
async function closeHub(starting: Promise<LocalHub>): Promise<void> {
  const closing = starting.then(
    (hub) => hub.close(),
    // Its failure is the demo's and was shown.
    () => undefined,
  );
  await within(CLOSE_LIMIT_MS, 'Stopping the hub', new AbortController().signal, closing).catch(() => undefined);
}
