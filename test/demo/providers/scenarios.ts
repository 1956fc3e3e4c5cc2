import type { ScenarioEntry } from '../demo-scenario.ts';
import { HubSpotScenario } from './hubspot.ts';
import { SalesforceScenario } from './salesforce.ts';

/** Every provider's part of the demo, one line each. */
export const SCENARIOS = [
  { type: 'hubspot', create: (sandbox) => new HubSpotScenario(sandbox) },
  { type: 'salesforce', create: (sandbox) => new SalesforceScenario(sandbox) },
] as const satisfies readonly ScenarioEntry[];
