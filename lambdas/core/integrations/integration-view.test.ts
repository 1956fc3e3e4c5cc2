import { expect, test } from '@jest/globals';
import { integrationConfigSchema, type SyncSchedule } from '../model/integration.ts';
import type { SyncState } from '../ports.ts';
import { healthOf } from './integration-view.ts';

const CONNECTED = Date.parse('2026-11-01T00:00:00Z');
const HOUR_MS = 60 * 60_000;

function healthAfter(hours: number, schedule: SyncSchedule, completeUntil: string | null) {
  const at = new Date(CONNECTED).toISOString();
  const integration = {
    workspaceId: 'salon',
    integrationId: 'int_1',
    type: 'square',
    status: 'connected',
    statusReason: null,
    nextSteps: [],
    config: integrationConfigSchema.parse({ schedule }),
    account: null,
    grantedScopes: [],
    createdAt: at,
    connectedAt: at,
    updatedAt: at,
    version: 1,
  } as const;
  return healthOf(integration, { completeUntil, lastRun: null } as SyncState, CONNECTED + hours * HOUR_MS).state;
}

const AT_START = new Date(CONNECTED).toISOString();

test.each([
  ['daily', { frequency: 'daily', at: '02:30' }, 51],
  ['every twenty minutes', { frequency: 'minutes', everyMinutes: 20 }, 3 + 2 / 3],
  ['every six hours', { frequency: 'hourly', everyHours: 6 }, 15],
] as const)('%s: stale after twice the period and three hours', (_name, schedule, hours) => {
  expect(healthAfter(hours, schedule, AT_START)).toBe('healthy');
  expect(healthAfter(hours + 0.1, schedule, AT_START)).toBe('stale');
});

test('without a schedule only a first sync can be late', () => {
  expect(healthAfter(10_000, { frequency: 'off' }, AT_START)).toBe('healthy');
  expect(healthAfter(51, { frequency: 'off' }, null)).toBe('syncing_first_time');
  expect(healthAfter(52, { frequency: 'off' }, null)).toBe('stale');
});
