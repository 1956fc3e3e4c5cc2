import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { TABLE } from '../core/names.ts';
import type { Clock, RateBudget, RateWindow } from '../core/ports.ts';
import { conditionHeld, epochSeconds, type HubTable, parseItem } from './hub-table.ts';
import { ratePauseKey, rateWindowKey } from './table-keys.ts';

/** A pause that another process noted is seen at most this much later. */
const PAUSE_READ_EVERY_MS = 1_000;
/** Counters outlive their window by this much, for clocks that differ. */
const KEPT_AFTER_MS = 60 * 60 * 1000;
const MAX_REMEMBERED_ACCOUNTS = 1_000;

const pauseSchema = z.object({ until: z.number() });

/** Fixed windows on the wall clock, counted in the table, so that all processes share one budget. */
export class DynamoRateBudget implements RateBudget {
  readonly #table: HubTable;
  readonly #clock: Clock;
  readonly #pauses = new Map<string, { until: number; readAt: number }>();

  constructor(table: HubTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async take(account: string, windows: readonly RateWindow[], lane: 'live' | 'background'): Promise<number> {
    if (lane === 'live') {
      // A live call is never refused, so a counter that cannot be reached must not stop it either.
      await Promise.allSettled(windows.map((window) => this.#count(account, window, null)));
      return 0;
    }
    const pausedUntil = await this.#pausedUntil(account);
    if (pausedUntil > this.#clock.now()) return pausedUntil - this.#clock.now();
    // Shortest first: a call that a longer window then refuses has used up only what comes back soon.
    for (const window of windows.toSorted((a, b) => a.windowMs - b.windowMs)) {
      const wait = await this.#count(account, window, window.limit - window.liveReserve);
      if (wait > 0) return wait;
    }
    return 0;
  }

  async pause(account: string, until: number): Promise<void> {
    this.#remember(account, until);
    // Of two pauses the longer one stands.
    await conditionHeld(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: ratePauseKey(account),
          UpdateExpression: 'SET #until = :until, #ttl = :ttl',
          ConditionExpression: 'attribute_not_exists(#until) OR #until < :until',
          ExpressionAttributeNames: { '#until': 'until', '#ttl': TABLE.ttl },
          ExpressionAttributeValues: { ':until': until, ':ttl': epochSeconds(until + KEPT_AFTER_MS) },
        }),
      ),
    );
  }

  /** Counts one call. With `allowed`, returns the ms until the next window when this one is used up. */
  async #count(account: string, window: RateWindow, allowed: number | null): Promise<number> {
    const now = this.#clock.now();
    const start = Math.floor(now / window.windowMs) * window.windowMs;
    const end = start + window.windowMs;
    if (allowed !== null && allowed <= 0) return end - now;
    const counted = await conditionHeld(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: rateWindowKey(account, window.name, start),
          UpdateExpression: 'SET #ttl = :ttl ADD #count :one',
          ...(allowed !== null && { ConditionExpression: 'attribute_not_exists(#count) OR #count < :allowed' }),
          ExpressionAttributeNames: { '#count': 'count', '#ttl': TABLE.ttl },
          ExpressionAttributeValues: {
            ':one': 1,
            ':ttl': epochSeconds(end + KEPT_AFTER_MS),
            ...(allowed !== null && { ':allowed': allowed }),
          },
        }),
      ),
    );
    return counted ? 0 : Math.max(1, end - this.#clock.now());
  }

  /** Not read again while a pause lasts, nor more than once a second otherwise. */
  async #pausedUntil(account: string): Promise<number> {
    const known = this.#pauses.get(account);
    const now = this.#clock.now();
    if (known !== undefined && (known.until > now || now - known.readAt < PAUSE_READ_EVERY_MS)) return known.until;
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: ratePauseKey(account), ConsistentRead: true }),
    );
    return this.#remember(account, Item === undefined ? 0 : parseItem(pauseSchema, Item, 'rate pause').until);
  }

  #remember(account: string, until: number): number {
    const longest = Math.max(until, this.#pauses.get(account)?.until ?? 0);
    if (this.#pauses.size >= MAX_REMEMBERED_ACCOUNTS) this.#pauses.clear();
    this.#pauses.set(account, { until: longest, readAt: this.#clock.now() });
    return longest;
  }
}
