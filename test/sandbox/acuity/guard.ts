import type { Context, MiddlewareHandler } from 'hono';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import type { AcuityAccount } from './account.ts';
import { rateLimited, unauthorized } from './errors.ts';
import type { AcuitySettings } from './settings.ts';

export interface AcuityEnv {
  Variables: { account: AcuityAccount };
}
export type AcuityContext = Context<AcuityEnv>;

/** Lets calls through that have a running token and room in the one window of everybody who shares an address. */
export function guard(
  oauth: OAuthServer,
  accounts: readonly AcuityAccount[],
  settings: AcuitySettings,
): MiddlewareHandler<AcuityEnv> {
  const window = new RateWindow();
  return async (c, next) => {
    const { limit } = settings;
    if (!window.take('everybody', limit, accounts[0]?.clock.now() ?? 0).allowed) {
      if (settings.sendRetryAfter) c.header('Retry-After', String(Math.ceil(limit.intervalMs / 1000)));
      throw rateLimited();
    }
    const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const bearer = token === undefined ? 'unknown' : oauth.authenticate(token);
    if (typeof bearer === 'string') throw unauthorized();
    const account = accounts.find(({ facts }) => String(facts.id) === bearer.grant.account);
    if (!account) throw unauthorized();
    c.set('account', account);
    await next();
  };
}
