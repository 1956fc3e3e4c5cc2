import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context, MiddlewareHandler } from 'hono';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import { GraphFailure } from './errors.ts';
import type { Account, Mailbox } from './mailbox.ts';
import type { OutlookSettings } from './settings.ts';

export interface OutlookEnv {
  Variables: { account: Account; mailbox: Mailbox };
}
export type OutlookContext = Context<OutlookEnv>;

/** Who may call what, and how often: stands before every route of Graph. */
export class Guard {
  readonly #oauth: OAuthServer;
  readonly #accounts: readonly Account[];
  readonly #settings: OutlookSettings;
  readonly #window = new RateWindow();
  readonly #underWay = new Map<string, number>();

  constructor(oauth: OAuthServer, accounts: readonly Account[], settings: OutlookSettings) {
    this.#oauth = oauth;
    this.#accounts = accounts;
    this.#settings = settings;
  }

  /** For what is the account's own and not the mailbox's. */
  signedIn(scopes: readonly string[]): MiddlewareHandler<OutlookEnv> {
    return async (c, next) => {
      c.set('account', this.#authenticate(c, scopes));
      await next();
    };
  }

  mailbox(scopes: readonly string[]): MiddlewareHandler<OutlookEnv> {
    return async (c, next) => {
      const account = this.#authenticate(c, scopes);
      if (!account.mailbox) {
        const message = 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.';
        throw new GraphFailure(404, 'MailboxNotEnabledForRESTAPI', message);
      }
      c.set('account', account);
      c.set('mailbox', account.mailbox);
      const { limit, maxConcurrent, handlingMs } = this.#settings;
      const busy = (this.#underWay.get(account.oid) ?? 0) + 1;
      if (busy > maxConcurrent) throw throttled('Application is over its MailboxConcurrency limit.', 1);
      if (!this.#window.take(account.oid, limit, account.mailbox.now()).allowed) {
        throw throttled('Too many requests.', Math.ceil(limit.intervalMs / 1000));
      }
      this.#underWay.set(account.oid, busy);
      try {
        if (handlingMs > 0) await delay(handlingMs);
        await next();
      } finally {
        this.#underWay.set(account.oid, (this.#underWay.get(account.oid) ?? 1) - 1);
      }
    };
  }

  #authenticate(c: OutlookContext, scopes: readonly string[]): Account {
    c.header('request-id', randomUUID());
    const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const bearer = token === undefined ? 'missing' : this.#oauth.authenticate(token);
    const account =
      typeof bearer === 'string' ? undefined : this.#accounts.find(({ oid }) => oid === bearer.grant.account);
    if (typeof bearer === 'string' || !account) {
      throw new GraphFailure(401, 'InvalidAuthenticationToken', 'Access token has expired or is not valid.');
    }
    if (!scopes.every((scope) => bearer.grant.scopes.includes(scope))) {
      throw new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
    }
    return account;
  }
}

function throttled(message: string, seconds: number): GraphFailure {
  return new GraphFailure(429, 'ApplicationThrottled', message, { 'Retry-After': String(seconds) });
}
