import type { MiddlewareHandler } from 'hono';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import { apiDisabled, invalidSession, limitExceeded, SalesforceFailure } from './errors.ts';
import type { Org } from './org.ts';
import type { SalesforceSettings } from './settings.ts';

export interface SalesforceEnv {
  Variables: { org: Org };
}

const DAY_MS = 24 * 60 * 60_000;
/** Of request line and headers together. */
const MAX_URL = 16_384;

/** Who may call, and how often a day: stands before every data route. */
export function guard(
  oauth: OAuthServer,
  orgs: readonly Org[],
  settings: SalesforceSettings,
): MiddlewareHandler<SalesforceEnv> {
  const quota = new RateWindow();
  return async (c, next) => {
    const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const bearer = token === undefined ? 'unknown' : oauth.authenticate(token);
    const org = typeof bearer === 'string' ? undefined : orgs.find(({ id }) => id === bearer.grant.account);
    if (!org || typeof bearer === 'string' || !bearer.grant.scopes.includes('api')) throw invalidSession();
    if (!settings.apiEnabled) throw apiDisabled();
    if (c.req.url.length > MAX_URL) throw new SalesforceFailure(414, 'URI_TOO_LONG', 'URI Too Long');
    const { allowed, remaining } = quota.take(
      org.id,
      { max: settings.dailyCalls, intervalMs: DAY_MS },
      org.store.clock.now(),
    );
    c.header('Sforce-Limit-Info', `api-usage=${settings.dailyCalls - remaining}/${settings.dailyCalls}`);
    if (!allowed) throw limitExceeded();
    c.set('org', org);
    await next();
  };
}
