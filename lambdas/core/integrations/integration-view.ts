import type { Integration } from '../model/integration.ts';
import type { SyncRun } from '../model/sync-run.ts';
import type { SyncState } from '../ports.ts';
import { isWaitingForSteps } from './integration-scope.ts';

/** Slack on top of the schedule's own period and flexible window before data counts as stale, in ms. */
const STALE_SLACK_MS = 3 * 60 * 60_000;

export type HealthState =
  | 'healthy'
  | 'syncing_first_time'
  | 'stale'
  | 'failing'
  | 'blocked'
  | 'needs_reconnect'
  | 'not_connected';

export interface IntegrationHealth {
  readonly state: HealthState;
  /** One sentence for a person. */
  readonly detail: string;
}

/** An integration as the API shows it. */
export interface IntegrationView extends Omit<Integration, 'version'> {
  readonly health: IntegrationHealth;
  readonly lastSync: SyncRun | null;
  /** ISO 8601: everything that changed at the provider before it is in the mirror. */
  readonly completeUntil: string | null;
  /** The run that is going on, if any. */
  readonly currentSync: SyncRun | null;
  /** ISO 8601, earliest; null when the schedule is off. */
  readonly nextSyncAt: string | null;
}

export function viewOf(integration: Integration, state: SyncState, now: number): IntegrationView {
  const { version: _version, ...visible } = integration;
  return {
    ...visible,
    health: healthOf(integration, state, now),
    lastSync: state.lastRun,
    completeUntil: state.completeUntil,
    currentSync: state.active?.run ?? null,
    nextSyncAt: nextSyncAt(integration, now),
  };
}

/** Never `healthy` when data has stopped moving, whatever the last run said. */
export function healthOf(integration: Integration, state: SyncState, now: number): IntegrationHealth {
  if (integration.status === 'reauth_required') {
    return {
      state: 'needs_reconnect',
      detail: integration.statusReason ?? 'Someone at the business must reconnect it.',
    };
  }
  if (isWaitingForSteps(integration)) {
    return {
      state: 'not_connected',
      detail: integration.statusReason ?? 'The business must finish it at the provider.',
    };
  }
  if (integration.status !== 'connected') {
    return { state: 'not_connected', detail: 'Nobody has completed the consent yet.' };
  }
  if (state.lastRun?.status === 'blocked') {
    return { state: 'blocked', detail: state.lastRun.error?.message ?? 'A person must confirm the deletions.' };
  }
  if (state.lastRun?.status === 'failed') {
    return { state: 'failing', detail: state.lastRun.error?.message ?? 'The last sync failed.' };
  }
  const allowedMs = periodMs(integration, state.completeUntil) * 2 + STALE_SLACK_MS;
  const since = state.completeUntil ?? integration.connectedAt ?? integration.createdAt;
  if (now - Date.parse(since) > allowedMs) {
    return { state: 'stale', detail: `No sync has completed since ${since}.` };
  }
  if (state.completeUntil === null) {
    return { state: 'syncing_first_time', detail: 'The first sync has not completed yet.' };
  }
  return { state: 'healthy', detail: `Complete up to ${state.completeUntil}.` };
}

/** How often data should move, in ms. Where the business wants no schedule, only the first sync is waited for. */
function periodMs({ config: { schedule } }: Integration, completeUntil: string | null): number {
  if (schedule.frequency === 'minutes') return schedule.everyMinutes * 60_000;
  if (schedule.frequency === 'hourly') return schedule.everyHours * 60 * 60_000;
  if (schedule.frequency === 'off' && completeUntil !== null) return Number.POSITIVE_INFINITY;
  return 24 * 60 * 60_000;
}

function nextSyncAt(integration: Integration, now: number): string | null {
  const { schedule, timeZone } = integration.config;
  if (integration.status !== 'connected' || schedule.frequency === 'off') return null;
  if (schedule.frequency === 'daily') return new Date(nextWallClock(schedule.at, timeZone, now)).toISOString();
  // The schedule counts from its own creation; within one period is all that can be promised.
  return new Date(now + periodMs(integration, null)).toISOString();
}

/**
 * The next instant (epoch ms) at which clocks in `timeZone` show `at`. A time that a change of clocks skips is skipped
 * that day, as the scheduler does.
 */
export function nextWallClock(at: string, timeZone: string, now: number): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const minute = 60_000;
  // Every zone is a multiple of a quarter of an hour away from UTC, so only one minute in fifteen can show `at`.
  const step = 15 * minute;
  const phase = (Number(at.slice(3)) % 15) * minute;
  const first = Math.floor((now - phase) / step) * step + phase + step;
  for (let instant = first; instant < first + 50 * 60 * minute; instant += step) {
    if (format.format(instant) === at) return instant;
  }
  throw new RangeError(`${at} does not occur in ${timeZone}`);
}
