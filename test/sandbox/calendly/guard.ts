import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { SandboxClock } from '../mechanics/clock.ts';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { type RateLimit, RateWindow } from '../mechanics/rate-window.ts';
import { insufficientScope, rateLimited, unauthenticated } from './errors.ts';
import type { Organization } from './organization.ts';
import type { User } from './records.ts';
import type { CalendlySettings } from './settings.ts';

export interface CalendlyEnv {
  Variables: { user: User };
}
export type CalendlyContext = Context<CalendlyEnv>;

type Tier = CalendlySettings['tier'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CALLS_PER_MINUTE: Readonly<Record<Tier, number>> = { free: 50, trial: 500, paid: 500, enterprise: 500 };
/** "Rate limits", Create Event Invitee; what the free plan may is not published. */
const BOOKINGS: Readonly<Record<Tier, readonly RateLimit[]>> = {
  free: [{ max: 5, intervalMs: DAY }],
  trial: [{ max: 5, intervalMs: DAY }],
  paid: [
    { max: 10, intervalMs: MINUTE },
    { max: 50, intervalMs: HOUR },
    { max: 100, intervalMs: DAY },
  ],
  enterprise: [{ max: 500, intervalMs: MINUTE }],
};

/** Who may call what, and how often: stands before every route of the API. */
export class Guard {
  readonly #oauth: OAuthServer;
  readonly #organization: Organization;
  readonly #clock: SandboxClock;
  /** Calls of a user in the minute that began with the first of them. */
  readonly #minutes = new Map<string, { until: number; calls: number }>();
  readonly #bookings = new RateWindow();

  constructor(oauth: OAuthServer, organization: Organization, clock: SandboxClock) {
    this.#oauth = oauth;
    this.#organization = organization;
    this.#clock = clock;
  }

  /** Lets a call through that has a running token, room in its window, and one of the scopes. */
  require(...anyOf: readonly string[]): MiddlewareHandler<CalendlyEnv> {
    return async (c, next) => {
      const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
      const bearer = token === undefined ? 'unknown' : this.#oauth.authenticate(token);
      if (typeof bearer === 'string') throw unauthenticated();
      const user = this.#organization.users.get(bearer.grant.account);
      if (!user) throw unauthenticated();
      this.#takeCall(c, user.id);
      const { scopes } = bearer.grant;
      const has = (scope: string) => scopes.includes(scope) || scopes.includes(scope.replace(/:read$/, ':write'));
      if (!anyOf.some(has)) throw insufficientScope(anyOf);
      c.set('user', user);
      await next();
    };
  }

  /** Takes one of the bookings that the plan allows. */
  takeBooking(c: CalendlyContext): void {
    const { tier, limitBookings } = this.#organization.settings;
    if (!limitBookings) return;
    for (const limit of BOOKINGS[tier]) {
      const key = `${c.get('user').id}:${limit.intervalMs}`;
      if (this.#bookings.take(key, limit, this.#clock.now()).allowed) continue;
      this.#announce(c, limit.max, 0, limit.intervalMs);
      throw rateLimited();
    }
  }

  #takeCall(c: CalendlyContext, user: string): void {
    const now = this.#clock.now();
    const limit = CALLS_PER_MINUTE[this.#organization.settings.tier];
    const known = this.#minutes.get(user);
    const minute = known && known.until > now ? known : { until: now + MINUTE, calls: 0 };
    minute.calls += 1;
    this.#minutes.set(user, minute);
    this.#announce(c, limit, Math.max(0, limit - minute.calls), minute.until - now);
    c.header('x-ratelimit-key', `oauth:${this.#oauth.rules.clientId}:${user}`);
    c.header('x-request-id', randomUUID());
    if (minute.calls > limit) throw rateLimited();
  }

  #announce(c: CalendlyContext, limit: number, remaining: number, resetMs: number): void {
    c.header('x-ratelimit-limit', String(limit));
    c.header('x-ratelimit-remaining', String(remaining));
    c.header('x-ratelimit-reset', String(Math.ceil(resetMs / 1000)));
    c.header('x-ratelimit-tier', this.#organization.settings.tier);
  }
}
