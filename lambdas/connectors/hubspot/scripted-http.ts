/** Test helpers: a provider that answers by script, and a session around it. */

import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import { integrationConfigSchema } from '../../core/model/integration.ts';
import type { ProviderHttp, ProviderRequest, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { classifyError } from './errors.ts';

export type Recorded = Omit<ProviderRequest<z.ZodType>, 'schema'>;
export interface Scripted {
  readonly status?: number;
  readonly body?: unknown;
}

/** Keeps the rules of the real client: expected statuses are answers, other errors are classified and thrown. */
export class ScriptedHttp implements ProviderHttp {
  readonly requests: Recorded[] = [];
  readonly #answer: (request: Recorded) => Scripted;

  constructor(answer: (request: Recorded) => Scripted) {
    this.#answer = answer;
  }

  async request<Schema extends z.ZodType>(
    request: ProviderRequest<Schema>,
  ): Promise<ProviderResponse<z.infer<Schema>>> {
    const { schema, ...recorded } = request;
    this.requests.push(recorded);
    const { status = 200, body } = this.#answer(recorded);
    const headers = new Headers();
    if (request.expectStatuses?.includes(status)) return { status, headers, data: null, rejected: body };
    if (status >= 400) {
      const common = new HubError('provider_rejected', { detail: `status ${status}` });
      throw classifyError({ status, body }) ?? common;
    }
    return { status, headers, data: schema.parse(body) };
  }
}

export function sessionFor(http: ProviderHttp, defaultCountry?: string): ConnectorSession {
  const ignore = () => {};
  return {
    http,
    config: integrationConfigSchema.parse(defaultCountry === undefined ? {} : { defaultCountry }),
    account: null,
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    now: () => Date.parse('2026-11-23T12:00:00Z'),
  };
}

export function contactRow(id: string | number, properties: Record<string, string | null> = {}): object {
  return {
    id: String(id),
    properties: { hs_object_id: String(id), lastmodifieddate: '2026-11-20T09:15:02.114Z', ...properties },
    createdAt: '2026-01-05T10:00:00Z',
    updatedAt: '2026-11-20T09:15:02.114Z',
    archived: false,
  };
}
