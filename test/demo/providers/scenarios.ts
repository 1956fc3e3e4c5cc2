import type { ScenarioEntry } from '../demo-scenario.ts';
import { HubSpotScenario } from './hubspot.ts';

/** Every provider's part of the demo, one line each. */
export const SCENARIOS = [
  { type: 'hubspot', create: (sandbox) => new HubSpotScenario(sandbox) },
] as const satisfies readonly ScenarioEntry[];
