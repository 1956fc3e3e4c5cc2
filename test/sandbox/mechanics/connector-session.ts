import type * as z from 'zod';
import type { ConnectorSession, IntegrationConnector } from '../../../lambdas/connectors/connector.ts';
import { integrationConfigSchema, type ProviderAccount } from '../../../lambdas/core/model/integration.ts';
import type { Clock } from '../../../lambdas/core/ports.ts';
import { HttpClient, type HttpClientOptions } from '../../../lambdas/core/provider-http/http-client.ts';
import { CountingMetrics, endlessBudget, KeepingLogger } from '../../faults/support/doubles.ts';

export type SessionConfig = z.input<typeof integrationConfigSchema>;

export interface SessionParts
  extends Partial<Pick<HttpClientOptions, 'callClass' | 'headers' | 'slots' | 'accountKey'>> {
  readonly connector: IntegrationConnector;
  readonly token: string;
  /** Where the calls go. */
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly config?: SessionConfig;
  readonly account?: ProviderAccount | null;
  /** What a refused token is renewed with. @default the same token */
  renew?(): Promise<string>;
  /** The hub has given the tokens up: the business would have to connect again. */
  onGivenUp?(): void;
}

/** For tests: a connector's session with the hub's own HTTP client, without a store or a quota behind it. */
export function connectorSession(parts: SessionParts): ConnectorSession {
  const { connector, token, clock, callClass = 'live_read', config = {}, account = null, accountKey = null } = parts;
  const logger = new KeepingLogger();
  let current = token;
  const http = new HttpClient({
    provider: connector.manifest,
    classifyError: connector.classifyError,
    quotaPauseMs: connector.quotaPauseMs,
    tokens: {
      current: async () => current,
      renew: async () => {
        current = (await parts.renew?.()) ?? current;
        return current;
      },
      giveUp: async () => parts.onGivenUp?.(),
    },
    callClass,
    accountKey,
    deadline: null,
    fetch: parts.fetch,
    clock,
    logger,
    ...(parts.headers ? { headers: parts.headers } : {}),
    slots: parts.slots,
    budget: endlessBudget,
    metrics: new CountingMetrics(),
  });
  return { http, config: integrationConfigSchema.parse(config), account, logger, now: () => clock.now() };
}
