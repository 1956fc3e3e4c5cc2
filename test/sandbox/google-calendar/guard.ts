import type { Context, MiddlewareHandler } from 'hono';
import type { SandboxClock } from '../mechanics/clock.ts';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import type { Account } from './account.ts';
import { insufficientScope, rateLimited, unauthenticated } from './errors.ts';
import { type GoogleCalendarSettings, SCOPE } from './settings.ts';

export interface GoogleEnv {
  Variables: { account: Account };
}
export type GoogleContext = Context<GoogleEnv>;

/** Names of scopes without their prefix; any one of them is enough. */
export const READ_EVENTS = ['calendar', 'calendar.readonly', 'calendar.events', 'calendar.events.readonly'] as const;
export const WRITE_EVENTS = ['calendar', 'calendar.events'] as const;
export const FREE_BUSY = ['calendar', 'calendar.readonly', 'calendar.freebusy', 'calendar.events.freebusy'] as const;
export const READ_LIST = [
  'calendar',
  'calendar.readonly',
  'calendar.calendarlist',
  'calendar.calendarlist.readonly',
] as const;
export const READ_CALENDARS = [
  'calendar',
  'calendar.readonly',
  'calendar.calendars',
  'calendar.calendars.readonly',
] as const;

/** Who may call what, and how often: stands before every route of the API. */
export class Guard {
  readonly #oauth: OAuthServer;
  readonly #accounts: readonly Account[];
  readonly #settings: GoogleCalendarSettings;
  readonly #clock: SandboxClock;
  readonly #window = new RateWindow();

  constructor(oauth: OAuthServer, accounts: readonly Account[], settings: GoogleCalendarSettings, clock: SandboxClock) {
    this.#oauth = oauth;
    this.#accounts = accounts;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** @param units what the call costs of the quota: a patch costs three. */
  require(scopes: readonly string[], units = 1): MiddlewareHandler<GoogleEnv> {
    return async (c, next) => {
      const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
      const bearer = token === undefined ? 'unknown' : this.#oauth.authenticate(token);
      if (typeof bearer === 'string') throw unauthenticated();
      const account = this.#accounts.find(({ sub }) => sub === bearer.grant.account);
      if (!account) throw unauthenticated();
      for (let unit = 0; unit < units; unit += 1) this.#take(c, account);
      if (!scopes.some((scope) => bearer.grant.scopes.includes(`${SCOPE}${scope}`))) throw insufficientScope();
      c.set('account', account);
      await next();
    };
  }

  #take(c: GoogleContext, { sub }: Account): void {
    const { limit, limitStatus, sendRetryAfter } = this.#settings;
    if (this.#window.take(sub, limit, this.#clock.now()).allowed) return;
    if (sendRetryAfter) c.header('Retry-After', String(Math.ceil(limit.intervalMs / 1000)));
    throw rateLimited(limitStatus);
  }
}
