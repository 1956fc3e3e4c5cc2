/**
 * Every key of the single table. Ids are escaped here and nowhere else, so an id that holds a `#` cannot name
 * another workspace's item.
 */
import { createHash } from 'node:crypto';
import type { IntegrationType } from '../core/model/integration.ts';
import type { Resource } from '../core/model/resource.ts';
import type { BookedCalendar, IntegrationScope } from '../core/ports.ts';

export interface TableKey {
  readonly pk: string;
  readonly sk: string;
}

/** A key as one text, to tell keys apart in memory. */
export function identityOf(key: Partial<Record<keyof TableKey, unknown>>): string {
  return JSON.stringify([key.pk, key.sk]);
}

/** A sort key may have 1024 bytes in all; longer ids are replaced by their hash. */
const MAX_PART_BYTES = 400;

/** Text as one part of a key: `#` separates parts, `~` marks a hash, `%` escapes both. */
export function keyPart(text: string): string {
  const escaped = text.replace(/[%#~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return Buffer.byteLength(escaped) <= MAX_PART_BYTES ? escaped : `~${hashPart(text)}`;
}

/** Fixed-length stand-in for text that a caller chose. */
function hashPart(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function workspacePartition(workspaceId: string): string {
  return `WS#${keyPart(workspaceId)}`;
}

function integrationPath(scope: IntegrationScope): string {
  return `${workspacePartition(scope.workspaceId)}#INT#${keyPart(scope.integrationId)}`;
}

export const INTEGRATION_PREFIX = 'INT#';
/** Value of the directory attribute: all integrations share one partition of the sparse index. */
export const DIRECTORY_VALUE = 'INTEGRATION';

export function integrationKey(scope: IntegrationScope): TableKey {
  return {
    pk: workspacePartition(scope.workspaceId),
    sk: `${INTEGRATION_PREFIX}${keyPart(scope.integrationId)}`,
  };
}

export function integrationsPartition(workspaceId: string): string {
  return workspacePartition(workspaceId);
}

/** Reads a scope back from the keys that the directory index projects. */
export function scopeOfIntegrationKey(key: TableKey): IntegrationScope | null {
  const workspace = /^WS#([^#]+)$/.exec(key.pk)?.[1];
  const integration = /^INT#([^#]+)$/.exec(key.sk)?.[1];
  if (workspace === undefined || integration === undefined) return null;
  return { workspaceId: decodeURIComponent(workspace), integrationId: decodeURIComponent(integration) };
}

export function credentialKey(scope: IntegrationScope): TableKey {
  return { pk: workspacePartition(scope.workspaceId), sk: `CREDENTIAL#${keyPart(scope.integrationId)}` };
}

export function syncStateKey(scope: IntegrationScope): TableKey {
  return { pk: workspacePartition(scope.workspaceId), sk: `SYNC#${keyPart(scope.integrationId)}` };
}

export function runPrefix(scope: IntegrationScope): TableKey {
  return { pk: workspacePartition(scope.workspaceId), sk: `RUN#${keyPart(scope.integrationId)}#` };
}

export function runKey(scope: IntegrationScope, runId: string): TableKey {
  const prefix = runPrefix(scope);
  return { pk: prefix.pk, sk: `${prefix.sk}${keyPart(runId)}` };
}

export function recordsPartition(scope: IntegrationScope, resource: Resource): string {
  return `${integrationPath(scope)}#${resource}`;
}

export function recordKey(scope: IntegrationScope, resource: Resource, recordId: string): TableKey {
  return { pk: recordsPartition(scope, resource), sk: `REC#${keyPart(recordId)}` };
}

export function pointersPartition(workspaceId: string, key: string): string {
  return `${workspacePartition(workspaceId)}#KEY#${keyPart(key)}`;
}

export function pointerKey(scope: IntegrationScope, resource: Resource, recordId: string, key: string): TableKey {
  return {
    pk: pointersPartition(scope.workspaceId, key),
    sk: `INT#${keyPart(scope.integrationId)}#${resource}#${keyPart(recordId)}`,
  };
}

export function seenPrefix(scope: IntegrationScope, runId: string, resource: Resource): TableKey {
  return { pk: `${integrationPath(scope)}#SEEN#${keyPart(runId)}`, sk: `${resource}#` };
}

export function seenKey(scope: IntegrationScope, runId: string, resource: Resource, page: number): TableKey {
  const prefix = seenPrefix(scope, runId, resource);
  return { pk: prefix.pk, sk: `${prefix.sk}${String(page).padStart(8, '0')}` };
}

export function authorizationStateKey(stateHash: string): TableKey {
  return { pk: `STATE#${keyPart(stateHash)}`, sk: 'STATE' };
}

/** The caller's key is any text up to 255 characters: its hash stands in the table. */
export function idempotencyKey(workspaceId: string, key: string): TableKey {
  return { pk: `${workspacePartition(workspaceId)}#IDEMPOTENCY#${hashPart(key)}`, sk: 'IDEMPOTENCY' };
}

export function accountPartition(type: IntegrationType, accountId: string): string {
  return `ACCOUNT#${type}#${keyPart(accountId)}`;
}

export function accountLinkKey(type: IntegrationType, accountId: string, scope: IntegrationScope): TableKey {
  return { pk: accountPartition(type, accountId), sk: integrationPath(scope) };
}

/** Not in the workspace's partition: a notification names the integration alone, whose id nobody can guess. */
export function pushChannelsKey(integrationId: string): TableKey {
  return { pk: `PUSH#${keyPart(integrationId)}`, sk: 'PUSH' };
}

/**
 * Not in the workspace's partition: several may book one calendar. Its id can be somebody's address, so its hash stands
 * in the table.
 */
export function bookingLockKey({ type, accountId, calendarId }: BookedCalendar): TableKey {
  return { pk: `LOCK#${type}#${hashPart(JSON.stringify([accountId, calendarId]))}`, sk: 'LOCK' };
}

export function rateWindowKey(account: string, windowName: string, windowStart: number): TableKey {
  return { pk: `RATE#${keyPart(account)}#${keyPart(windowName)}#${windowStart}`, sk: 'RATE' };
}

export function ratePauseKey(account: string): TableKey {
  return { pk: `RATE#${keyPart(account)}`, sk: 'PAUSE' };
}
