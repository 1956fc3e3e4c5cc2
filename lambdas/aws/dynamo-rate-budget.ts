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
/** What lapses of a window this short is back soon. */
const SHORT_WINDOW_MS = 1_000;
const MAX_REMEMBERED_ACCOUNTS = 1_000;

const pauseSchema = z.object({ until: z.number() });

/** Calls that a process has taken out of a window and not made yet. */
interface Grant {
  readonly windowStart: number;
  left: number;
}

/**
 * Fixed windows on the wall clock, counted in the table, so that all processes share one budget. A background worker
 * takes many calls out of a window at once (all that are left of a short one, half of a long one), so that a sync waits
 * for the table about once a second and not before every page. What it does not use lapses with the window.
 */
export class DynamoRateBudget implements RateBudget {
  readonly #table: HubTable;
  readonly #clock: Clock;
  readonly #pauses = new Map<string, { until: number; readAt: number }>();
  readonly #grants = new Map<string, Grant>();
  readonly #spending = new Map<string, Promise<number>>();

  constructor(table: HubTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async take(account: string, windows: readonly RateWindow[], lane: 'live' | 'background'): Promise<number> {
    if (lane === 'live') {
      // A live call is never refused, so a counter that cannot be reached must not stop it either.
      await Promise.allSettled(windows.map((window) => this.#count(account, window, 1, null)));
      return 0;
    }
    const [pausedUntil, wait] = await Promise.all([this.#pausedUntil(account), this.#spendFrom(account, windows)]);
    return Math.max(wait, pausedUntil - this.#clock.now(), 0);
  }

  /** Shortest first: a call that a longer window then refuses has used up only what comes back soon. */
  async #spendFrom(account: string, windows: readonly RateWindow[]): Promise<number> {
    for (const window of windows.toSorted((a, b) => a.windowMs - b.windowMs)) {
      const wait = await this.#spend(account, window);
      if (wait > 0) return wait;
    }
    return 0;
  }

  /** One after the other within this process: calls made at the same time share a grant. */
  #spend(account: string, window: RateWindow): Promise<number> {
    const key = `${account} ${window.name}`;
    const before = this.#spending.get(key) ?? Promise.resolve();
    const spent = before.catch(() => undefined).then(() => this.#spendGrant(key, account, window));
    if (this.#spending.size >= MAX_REMEMBERED_ACCOUNTS) this.#spending.clear();
    this.#spending.set(key, spent);
    return spent;
  }

  /** Makes one background call out of the grant at hand, or out of a new one. */
  async #spendGrant(key: string, account: string, window: RateWindow): Promise<number> {
    const windowStart = startOf(window, this.#clock.now());
    const grant = this.#grants.get(key);
    if (grant && grant.windowStart === windowStart && grant.left > 0) {
      grant.left -= 1;
      return 0;
    }
    const allowed = window.limit - window.liveReserve;
    const block = Math.max(1, window.windowMs <= SHORT_WINDOW_MS ? allowed : Math.floor(allowed / 2));
    const wait = await this.#count(account, window, block, allowed);
    if (wait === 0) {
      if (this.#grants.size >= MAX_REMEMBERED_ACCOUNTS) this.#grants.clear();
      this.#grants.set(key, { windowStart, left: block - 1 });
      return 0;
    }
    return block === 1 ? wait : this.#count(account, window, 1, allowed);
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

  /** Counts calls. With `allowed`, returns the ms until the next window when that many are not left in this one. */
  async #count(account: string, window: RateWindow, calls: number, allowed: number | null): Promise<number> {
    const now = this.#clock.now();
    const start = startOf(window, now);
    const end = start + window.windowMs;
    if (allowed !== null && allowed < calls) return end - now;
    const counted = await conditionHeld(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: rateWindowKey(account, window.name, start),
          UpdateExpression: 'SET #ttl = :ttl ADD #count :calls',
          ...(allowed !== null && { ConditionExpression: 'attribute_not_exists(#count) OR #count <= :before' }),
          ExpressionAttributeNames: { '#count': 'count', '#ttl': TABLE.ttl },
          ExpressionAttributeValues: {
            ':calls': calls,
            ':ttl': epochSeconds(end + KEPT_AFTER_MS),
            ...(allowed !== null && { ':before': allowed - calls }),
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

function startOf(window: RateWindow, now: number): number {
  return Math.floor(now / window.windowMs) * window.windowMs;
}
