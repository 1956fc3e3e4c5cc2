import type { MiddlewareHandler } from 'hono';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import { MindbodyFailure } from './errors.ts';
import { API_KEY, type MindbodySettings } from './settings.ts';
import type { Site } from './site.ts';

export interface MindbodyEnv {
  Variables: { site: Site; settings: MindbodySettings };
}

/** What a route wants besides the API key: `site`: a link to it; `staff`: and a token; `booking`: and its right. */
type Layer = 'key' | 'site' | 'staff' | 'booking';

/** The three layers of access, and the limit of the key. */
export class Guard {
  readonly #oauth: OAuthServer;
  readonly #sites: readonly Site[];
  readonly #settings: MindbodySettings;
  readonly #window = new RateWindow();

  constructor(oauth: OAuthServer, sites: readonly Site[], settings: MindbodySettings) {
    this.#oauth = oauth;
    this.#sites = sites;
    this.#settings = settings;
  }

  require(layer: Layer): MiddlewareHandler<MindbodyEnv> {
    return async (c, next) => {
      const { limit, sendRetryAfter, notLinkedStatus, badKeyStatus } = this.#settings;
      c.set('settings', this.#settings);
      if (c.req.header('api-key') !== API_KEY) {
        throw new MindbodyFailure(badKeyStatus, 'InvalidSourceCredentials', 'The API key is not known.');
      }
      if (!this.#window.take(API_KEY, limit, this.#sites[0]?.clock.now() ?? 0).allowed) {
        if (sendRetryAfter) c.header('Retry-After', String(Math.ceil(limit.intervalMs / 1000)));
        throw new MindbodyFailure(429, 'TooManyRequests', 'Too many requests.');
      }
      const site = this.#sites.find(({ facts }) => String(facts.id) === c.req.header('siteid'));
      if (!site || (layer !== 'key' && !site.linked)) {
        throw new MindbodyFailure(notLinkedStatus, 'InvalidSiteId', 'The site is not linked to this API key.');
      }
      c.set('site', site);
      if (layer === 'staff' || layer === 'booking') this.#checkToken(c.req.header('authorization') ?? '', site, layer);
      await next();
    };
  }

  #checkToken(authorization: string, site: Site, layer: Layer): void {
    const { deniedStatus, clientSignIn, signInMayBook } = this.#settings;
    const denied = (message = 'The user does not have permission to do this.', status: 401 | 403 = 403) =>
      new MindbodyFailure(deniedStatus ?? status, 'DeniedAccess', message);
    const bearer = this.#oauth.authenticate(authorization.replace(/^Bearer /i, ''));
    if (typeof bearer === 'string') throw denied('The user token is not valid.', 401);
    if (bearer.grant.account !== String(site.facts.id)) throw denied('The user does not belong to this site.');
    if (!bearer.grant.scopes.includes('Mindbody.Api.Public.v6')) throw denied();
    if (clientSignIn) throw denied();
    if (layer === 'booking' && !signInMayBook) throw denied();
  }
}
