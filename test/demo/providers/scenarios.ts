import type { ScenarioEntry } from '../demo-scenario.ts';
import { HubSpotScenario } from './hubspot.ts';
import { SalesforceScenario } from './salesforce.ts';
import { SquareScenario } from './square.ts';

/** Every provider's part of the demo, one line each. */
export const SCENARIOS = [
  { type: 'hubspot', create: (sandbox) => new HubSpotScenario(sandbox) },
  { type: 'salesforce', create: (sandbox) => new SalesforceScenario(sandbox) },
  { type: 'square', create: (sandbox) => new SquareScenario(sandbox) },
] as const satisfies readonly ScenarioEntry[];
