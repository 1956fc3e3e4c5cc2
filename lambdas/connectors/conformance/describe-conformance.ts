/** The suite: one file per theme. */
import { describe } from '@jest/globals';
import type { IntegrationConnector } from '../connector.ts';
import { describeAuthorization } from './authorization-suite.ts';
import { describeBooking } from './booking-suite.ts';
import { describeCalls } from './calls-suite.ts';
import { describeChannels } from './channels-suite.ts';
import { describeContacts } from './contacts-suite.ts';
import type { ConformanceFixtures } from './fixtures.ts';
import { describeManifest } from './manifest-suite.ts';
import { describeSync } from './sync-suite.ts';
import { describeWebhooks } from './webhook-suite.ts';

/** What every connector must do, whatever its provider is like. */
export function describeConnectorConformance(
  type: string,
  create: () => IntegrationConnector,
  fixtures: ConformanceFixtures,
): void {
  describe(type, () => {
    describeManifest(type, create, fixtures);
    describeAuthorization(create, fixtures);
    describeCalls(create, fixtures);
    describeSync(create, fixtures);
    describeContacts(create, fixtures);
    describeBooking(create, fixtures);
    describeWebhooks(create, fixtures);
    describeChannels(create, fixtures);
  });
}
