import type { IntegrationInfo } from '../../lambdas/connectors/factory.ts';
import type { SyncRun } from '../../lambdas/core/model/sync-run.ts';
import type { IntegrationScope } from '../../lambdas/core/ports.ts';
import type { LocalHub } from '../local-hub/start-local-hub.ts';
import type { Comparison } from './compare-records.ts';
import type { DemoScenario } from './demo-scenario.ts';
import type { HubApi } from './hub-api.ts';
import type { MirrorReader } from './mirror-reader.ts';
import type { Steps } from './steps/steps.ts';

/** One sync run with what it cost. */
export interface MeasuredRun {
  readonly run: SyncRun;
  /** From the request to the end, in ms. */
  readonly durationMs: number;
  /** Largest resident set of the sync function's process meanwhile. */
  readonly maxMemoryMb: number;
  /** JavaScript heap in use when the function had answered. */
  readonly heapUsedMb: number;
}

export interface MeasuredLookup {
  readonly via: 'mirror' | 'live';
  /** As the caller waits for it. */
  readonly durationMs: number;
}

/** What the demo has found out about one provider, for the summary. */
export interface DemoFindings {
  readonly provider: Pick<IntegrationInfo, 'type' | 'name'>;
  readonly runs: MeasuredRun[];
  readonly lookups: MeasuredLookup[];
  /** The last comparison of each resource. */
  comparisons: readonly Comparison[];
}

/** What every step of a provider's demo works with. */
export interface DemoContext {
  readonly hub: LocalHub;
  readonly api: HubApi;
  readonly mirror: MirrorReader;
  readonly steps: Steps;
  readonly signal: AbortSignal;
  readonly scenario: DemoScenario;
  readonly findings: DemoFindings;
}

/** The same, once the provider is connected. */
export interface ConnectedContext extends DemoContext {
  readonly scope: IntegrationScope;
}
