/** The closed set of error codes of the public API, each with its HTTP status. */
export const ERROR_STATUS = {
  validation_failed: 400,
  not_found: 404,
  integration_not_connected: 409,
  reauth_required: 409,
  capability_not_supported: 409,
  missing_scope: 403,
  plan_required: 403,
  contact_exists: 409,
  slot_unavailable: 409,
  idempotency_conflict: 409,
  rate_limited: 429,
  provider_rejected: 422,
  provider_unavailable: 502,
  deadline_exceeded: 504,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface HubErrorOptions {
  /** Safe to show to the caller: never a token, a secret, a phone number or an e-mail address. */
  readonly detail: string;
  /** Seconds after which a repetition makes sense. */
  readonly retryAfterSeconds?: number;
  /** Names the request field at fault. */
  readonly field?: string;
  /** Where HTTP has a more exact status than the code's own, e.g. 413. */
  readonly status?: number;
  /** True when the provider may have carried out a write whose answer was lost. */
  readonly outcomeUnknown?: boolean;
  /** The answer may mean the token as well: it is renewed once before this counts. */
  readonly tokenInDoubt?: boolean;
  readonly cause?: unknown;
  /** Extra members of the problem document, e.g. alternatives for a taken slot. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * Every failure that crosses a boundary of the hub. `code` decides the HTTP status, the sync engine's reaction
 * (retry, park, fail) and what a caller can do about it.
 */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
  readonly field: string | undefined;
  readonly outcomeUnknown: boolean;
  readonly tokenInDoubt: boolean;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
  /** HTTP status. */
  readonly status: number;

  constructor(code: ErrorCode, options: HubErrorOptions) {
    super(options.detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.field = options.field;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.tokenInDoubt = options.tokenInDoubt ?? false;
    this.extensions = options.extensions;
    this.status = options.status ?? ERROR_STATUS[code];
  }
}

export function isHubError(error: unknown, ...codes: ErrorCode[]): error is HubError {
  return error instanceof HubError && (codes.length === 0 || codes.includes(error.code));
}

export function validationFailed(field: string, reason: string): HubError {
  return new HubError('validation_failed', { field, detail: `${field}: ${reason}` });
}

/** @param field the path parameter or body field that named it. */
export function notFound(what: string, field: string): HubError {
  return new HubError('not_found', { field, detail: `${what} does not exist in this workspace.` });
}
