import type { ScenarioEntry } from '../demo-scenario.ts';
import { AcuityScenario } from './acuity.ts';
import { CalendlyScenario } from './calendly.ts';
import { FreshaScenario } from './fresha.ts';
import { GoogleCalendarScenario } from './google-calendar.ts';
import { HubSpotScenario } from './hubspot.ts';
import { MindbodyScenario } from './mindbody.ts';
import { OutlookCalendarScenario } from './outlook-calendar.ts';
import { SalesforceScenario } from './salesforce.ts';
import { SquareScenario } from './square.ts';

/** Every provider's part of the demo, one line each. */
export const SCENARIOS = [
  { type: 'acuity', create: (sandbox) => new AcuityScenario(sandbox) },
  { type: 'calendly', create: (sandbox) => new CalendlyScenario(sandbox) },
  { type: 'fresha', create: (sandbox) => new FreshaScenario(sandbox) },
  { type: 'google_calendar', create: (sandbox) => new GoogleCalendarScenario(sandbox) },
  { type: 'hubspot', create: (sandbox) => new HubSpotScenario(sandbox) },
  { type: 'mindbody', create: (sandbox) => new MindbodyScenario(sandbox) },
  { type: 'outlook_calendar', create: (sandbox) => new OutlookCalendarScenario(sandbox) },
  { type: 'salesforce', create: (sandbox) => new SalesforceScenario(sandbox) },
  { type: 'square', create: (sandbox) => new SquareScenario(sandbox) },
] as const satisfies readonly ScenarioEntry[];
