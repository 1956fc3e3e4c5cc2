import type * as z from 'zod';

/**
 * How a call may behave when it goes wrong.
 *
 * - `live_read`: a caller waits; one quick retry within the deadline.
 * - `live_write`: a caller waits and the call changes something; repeated only when the provider cannot have seen it
 *   or has said that it did nothing (401, 429).
 * - `background_read`: nobody waits; several retries with back-off, then the sync parks.
 */
export type CallClass = 'live_read' | 'live_write' | 'background_read';

export interface ProviderRequest<Schema extends z.ZodType> {
  /** Names the call in logs and metrics, e.g. `contacts.search`. Never contains data. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL at the provider's real origin. */
  readonly url: string | URL;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Checked against the parsed answer; use `z.undefined()` for an empty answer. */
  readonly schema: Schema;
  /** Overrides the session's call class, e.g. for a write within a live session. */
  readonly callClass?: CallClass;
  /** Key of the manifest's `rateLimits`; `default` otherwise. */
  readonly rateBucket?: string;
  /** Statuses besides 2xx that are answers, not errors: the caller gets `data: null` and the status. */
  readonly expectStatuses?: readonly number[];
}

export interface ProviderResponse<T> {
  readonly status: number;
  readonly headers: Headers;
  /** The schema-checked body; null exactly when the status is one of `expectStatuses`. */
  readonly data: T | null;
  /** The unchecked body of an expected status, e.g. a conflict that names the existing record. */
  readonly rejected?: unknown;
}

/** The one way to a provider's API: attaches the token, keeps deadline, budget and retry rules, checks the answer. */
export interface ProviderHttp {
  /**
   * Errors: `reauth_required`, `missing_scope`, `rate_limited`, `provider_rejected`, `provider_unavailable`,
   * `deadline_exceeded` or `not_found`, all as `HubError`.
   */
  request<Schema extends z.ZodType>(request: ProviderRequest<Schema>): Promise<ProviderResponse<z.infer<Schema>>>;
}
