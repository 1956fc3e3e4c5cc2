/** Cursors that die: Square's live for about five minutes (Square "Pagination"). */
import * as z from 'zod';
import type { ConnectorSession } from '../connector.ts';
import { movedOn } from '../kit/positions.ts';
import { unreadable } from './client.ts';
import type { Page } from './schemas.ts';

/** After this a cursor is not tried any more; what a dead one answers is not left to chance. */
const LIFE_MS = 4 * 60_000;

/** A cursor and when it was given (epoch ms); null at the beginning. */
export const cursorSchema = z.strictObject({ value: z.string().min(1), at: z.int() }).nullable();
export type CursorPosition = z.infer<typeof cursorSchema>;

/** The cursor's own text while it is young enough to be tried. */
export function usable(cursor: CursorPosition, { now }: Pick<ConnectorSession, 'now'>): string | null {
  return cursor !== null && now() - cursor.at < LIFE_MS ? cursor.value : null;
}

/** Where a page says to go on; null at the end. */
export function nextCursor(
  page: Page,
  asked: CursorPosition,
  { now }: Pick<ConnectorSession, 'now'>,
  what: string,
): CursorPosition {
  const value = movedOn(page.cursor, asked?.value ?? null, () => unreadable(`a page of ${what}`));
  return value === null ? null : { value, at: now() };
}
