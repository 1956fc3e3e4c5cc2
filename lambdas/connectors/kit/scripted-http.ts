/** Test helpers: a provider that answers by script, and a session around it. */

import type * as z from 'zod';
import { type IntegrationConfig, integrationConfigSchema, type ProviderAccount } from '../../core/model/integration.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import type { ProviderHttp, ProviderRequest, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';

export type Recorded = Omit<ProviderRequest<z.ZodType>, 'schema'>;
export interface Scripted {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Keeps the rules of the real client: expected statuses are answers, other errors are classified and thrown. */
export class ScriptedHttp implements ProviderHttp {
  readonly requests: Recorded[] = [];
  readonly #answer: (request: Recorded) => Scripted;
  readonly #classifyError: IntegrationConnector['classifyError'];

  constructor(answer: (request: Recorded) => Scripted, classifyError?: IntegrationConnector['classifyError']) {
    this.#answer = answer;
    this.#classifyError = classifyError;
  }

  async request<Schema extends z.ZodType>(
    request: ProviderRequest<Schema>,
  ): Promise<ProviderResponse<z.infer<Schema>>> {
    const { schema, ...recorded } = request;
    this.requests.push(recorded);
    const { status = 200, body, headers: given = {} } = this.#answer(recorded);
    const headers = new Headers(given);
    if (request.expectStatuses?.includes(status)) return { status, headers, data: null, rejected: body };
    if (status >= 400) {
      throw this.#classifyError?.({ status, body, headers }) ?? errorForStatus('The provider', status);
    }
    return { status, headers, data: schema.parse(body) };
  }
}

/** A session on 2026-11-23 at noon UTC, with these settings. */
export function sessionFor(
  http: ProviderHttp,
  config: z.input<typeof integrationConfigSchema> = {},
  account: ProviderAccount | null = null,
): ConnectorSession {
  const ignore = () => {};
  const parsed: IntegrationConfig = integrationConfigSchema.parse(config);
  return {
    http,
    config: parsed,
    account,
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    now: () => Date.parse('2026-11-23T12:00:00Z'),
  };
}
