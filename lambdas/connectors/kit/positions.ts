/** Where a pull goes on. */
import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { Json } from '../../core/model/mirror-record.ts';
import type { PullPage } from '../connector.ts';

/** Of a page that holds nothing. */
export const NOTHING = { records: [], deletedIds: [], rejected: [] } as const;

/** The feed can't be continued. */
export const FULL_REQUIRED: PullPage = { ...NOTHING, next: null, fullRequired: true };

/** Reads back a `cursor` that the connector itself gave as `next`. */
export function readPosition<Schema extends z.ZodType>(
  schema: Schema,
  cursor: Json,
  provider: string,
): z.output<Schema> {
  const parsed = schema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new HubError('internal', { detail: `The position of a ${provider} sync is unreadable.`, cause: parsed.error });
}

/** The engine asks only for the manifest's resources; a connector says so of any other. */
export function noSuchResource(provider: string, resource: string): HubError {
  return new HubError('capability_not_supported', { detail: `${provider} has no ${resource} to sync.` });
}

/** A page token that has moved on; null at the end. One that stands still would page for ever. */
export function movedOn<T extends string | number>(
  next: T | null | undefined,
  current: T | null,
  stuck: () => HubError,
): T | null {
  if (next === null || next === undefined || next === '') return null;
  if (next === current) throw stuck();
  return next;
}
