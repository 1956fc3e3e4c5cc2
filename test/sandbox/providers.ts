import { createAcuity } from './acuity/acuity.ts';
import { createCalendly } from './calendly/calendly.ts';
import { createFresha } from './fresha/fresha.ts';
import { createGoogleCalendar } from './google-calendar/google-calendar.ts';
import { createHubSpot } from './hubspot/hubspot.ts';
import type { ProviderSetup, SandboxProvider } from './mechanics/provider.ts';
import { createMindbody } from './mindbody/mindbody.ts';
import { createOutlookCalendar } from './outlook-calendar/outlook-calendar.ts';
import { createSalesforce } from './salesforce/salesforce.ts';
import { createSquare } from './square/square.ts';

/** Every provider of the sandbox, one line each. */
export const PROVIDERS: readonly ((setup: ProviderSetup) => SandboxProvider)[] = [
  createAcuity,
  createCalendly,
  createFresha,
  createGoogleCalendar,
  createHubSpot,
  createMindbody,
  createOutlookCalendar,
  createSalesforce,
  createSquare,
];
