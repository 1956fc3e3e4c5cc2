import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { HubError } from '../core/errors.ts';
import type { IntegrationType } from '../core/model/integration.ts';
import type { Clock, ProviderApp, ProviderApps } from '../core/ports.ts';
import { jsonTextOf } from './stored-json.ts';

const CACHE_MS = 5 * 60_000;

/** What stands in a secret that the stack has made and nobody has filled in yet. */
const PLACEHOLDER = /^\s*$|replace[_\s-]?me|change[_\s-]?me|fill[_\s-]?me|^(todo|placeholder|none|null|x+|<.*>)$/i;

const appSchema = jsonTextOf(
  z.object({ clientId: z.string(), clientSecret: z.string(), webhookKey: z.string().nullish() }).catchall(z.string()),
);

/** The hub's own registrations with the providers, one secret each. */
export class SecretsProviderApps implements ProviderApps {
  readonly #secrets: SecretsManagerClient;
  readonly #namePrefix: string;
  readonly #clock: Clock;
  readonly #cache = new Map<IntegrationType, { app: Promise<ProviderApp>; until: number }>();

  constructor(secrets: SecretsManagerClient, namePrefix: string, clock: Clock) {
    this.#secrets = secrets;
    this.#namePrefix = namePrefix;
    this.#clock = clock;
  }

  get(type: IntegrationType): Promise<ProviderApp> {
    const cached = this.#cache.get(type);
    if (cached !== undefined && cached.until > this.#clock.now()) return cached.app;
    const entry = { app: this.#read(type), until: this.#clock.now() + CACHE_MS };
    this.#cache.set(type, entry);
    // A failure is not kept: the operator may be filling in the secret right now.
    entry.app.catch(() => {
      if (this.#cache.get(type) === entry) this.#cache.delete(type);
    });
    return entry.app;
  }

  async #read(type: IntegrationType): Promise<ProviderApp> {
    const parsed = appSchema.safeParse(await this.#secretText(type));
    if (!parsed.success) throw unusable(type, 'is not a JSON object of texts with clientId and clientSecret');
    const { clientId, clientSecret, webhookKey, ...extra } = parsed.data;
    const values = [clientId, clientSecret, webhookKey, ...Object.values(extra)];
    if (values.some((value) => typeof value === 'string' && PLACEHOLDER.test(value))) {
      throw unusable(type, 'is not filled in');
    }
    return { clientId, clientSecret, webhookKey: webhookKey ?? null, extra };
  }

  async #secretText(type: IntegrationType): Promise<string> {
    try {
      const { SecretString } = await this.#secrets.send(
        new GetSecretValueCommand({ SecretId: `${this.#namePrefix}${type}` }),
      );
      if (SecretString !== undefined) return SecretString;
    } catch (cause) {
      throw unusable(type, 'cannot be read', cause);
    }
    throw unusable(type, 'is empty');
  }
}

function unusable(type: IntegrationType, reason: string, cause?: unknown): HubError {
  return new HubError('internal', { detail: `The provider app secret of ${type} ${reason}.`, cause });
}
