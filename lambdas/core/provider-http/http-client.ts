import type * as z from 'zod';
import { HubError, isHubError } from '../errors.ts';
import { METRICS } from '../names.ts';
import type { Clock, Logger, Metrics, RateBudget, RateWindow } from '../ports.ts';
import type { CallSlots } from './call-slots.ts';
import { errorForStatus, leavesOpen, neverSent } from './error-mapping.ts';
import type { CallClass, ProviderHttp, ProviderRequest, ProviderResponse } from './provider-http.ts';
import { parseRetryAfter, RETRY_POLICIES, retryDelay } from './retry-policy.ts';

/** Hands out the access token of one integration. */
export interface TokenSource {
  current(deadline: number | null): Promise<string>;
  /** The provider refused `rejected`: get another one. Throws `reauth_required` when the grant itself is gone. */
  renew(rejected: string, deadline: number | null): Promise<string>;
  /** Even a fresh token is refused: a person must reconnect. */
  giveUp(): Promise<void>;
}

/** Headers in which a provider reports what is left of its quota. */
export type RateHeaders =
  | {
      readonly remaining: string;
      /** Header with the window's length in ms; it is one of the manifest's default windows. */
      readonly intervalMs: string;
    }
  | {
      readonly remaining: string;
      /** Header with the seconds until the quota is full again. */
      readonly resetSeconds: string;
      /** Calls that are kept for live callers: with no more left than these, background calls wait for the reset. */
      readonly reserve: number;
    };

export interface ProviderDescription {
  readonly type: string;
  readonly name: string;
  /** Exact origins, or `https://*.suffix` for providers that give each account a host. */
  readonly apiOrigins: readonly string[];
  readonly rateLimits: { readonly default: readonly RateWindow[]; readonly [bucket: string]: readonly RateWindow[] };
  readonly rateHeaders?: RateHeaders;
  /** How many calls of one account one process may have under way. */
  readonly maxConcurrent?: number;
}

export interface HttpClientOptions {
  readonly provider: ProviderDescription;
  /** Headers of every call, e.g. our own key with the provider. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>;
  /** Shared by all clients of the account in this process, where the provider limits concurrency. */
  readonly slots?: CallSlots | undefined;
  /** How long background calls must pause by an answer's headers, in ms. */
  readonly quotaPauseMs?: ((headers: Headers) => number) | undefined;
  readonly classifyError:
    | ((answer: { status: number; body: unknown; headers: Headers }) => HubError | null)
    | undefined;
  readonly tokens: TokenSource;
  readonly callClass: CallClass;
  /** Epoch ms after which nobody waits for the answer any more; null in the background. */
  readonly deadline: number | null;
  /** Whose quota the calls count against; null while the account is still unknown. */
  readonly accountKey: string | null;
  readonly budget: RateBudget;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random?: () => number;
}

/** Below this many ms to the deadline a call is not even begun. */
const MIN_REMAINING_MS = 20;

/** The first renewal may only hand over what another process has refreshed before; the second is a refresh for sure. */
const MAX_RENEWALS = 2;

/** The one client for all providers' APIs; see `ProviderHttp` for the contract. */
export class HttpClient implements ProviderHttp {
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  async request<Schema extends z.ZodType>(
    request: ProviderRequest<Schema>,
  ): Promise<ProviderResponse<z.infer<Schema>>> {
    const { clock, tokens, deadline, random = Math.random } = this.#options;
    const url = this.#url(request);
    const callClass = request.callClass ?? this.#options.callClass;
    const policy = RETRY_POLICIES[callClass];
    const headers = (await this.#options.headers?.()) ?? {};
    let token = await tokens.current(deadline);
    let renewals = 0;

    for (let attempt = 1; ; ) {
      await this.#awaitBudget(request, callClass);
      try {
        const answer = await this.#inSlot(callClass, () =>
          this.#attempt(request, url, { token, headers, renewed: renewals > 0 }, policy.timeoutMs, attempt),
        );
        if (answer !== 'unauthorized') return answer;
      } catch (error) {
        if (!isHubError(error) || attempt >= policy.attempts || !mayRepeat(error, callClass)) throw error;
        const delay = retryDelay(policy, attempt, error.retryAfterSeconds, random);
        if (delay > policy.maxDelayMs || clock.now() + delay + MIN_REMAINING_MS > (deadline ?? Infinity)) throw error;
        await clock.sleep(delay);
        attempt += 1;
        continue;
      }
      // A refused token means that nothing was done, so even a write may be sent again with a new one.
      if (renewals === MAX_RENEWALS) {
        await tokens.giveUp();
        throw new HubError('reauth_required', {
          detail: `${this.#options.provider.name} refuses the connection; it must be reconnected.`,
        });
      }
      token = await tokens.renew(token, deadline);
      renewals += 1;
    }
  }

  #url(request: ProviderRequest<z.ZodType>): URL {
    const url = new URL(request.url);
    const { apiOrigins, name } = this.#options.provider;
    if (!apiOrigins.some((origin) => matchesOrigin(url, origin))) {
      throw new HubError('internal', { detail: `${request.operation} points outside the known hosts of ${name}.` });
    }
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    return url;
  }

  async #awaitBudget(request: ProviderRequest<z.ZodType>, callClass: CallClass): Promise<void> {
    const { accountKey, provider, budget, clock } = this.#options;
    if (accountKey === null) return;
    const windows = provider.rateLimits[request.rateBucket ?? 'default'] ?? provider.rateLimits.default;
    const lane = laneOf(callClass);
    for (;;) {
      const wait = await budget.take(accountKey, windows, lane);
      if (wait === 0) return;
      // The provider has asked for a long pause: the sync parks rather than wait it out here.
      if (wait > RETRY_POLICIES[callClass].maxDelayMs) {
        throw new HubError('rate_limited', {
          detail: `${provider.name} limits the rate of calls.`,
          retryAfterSeconds: Math.ceil(wait / 1000),
        });
      }
      await clock.sleep(wait);
    }
  }

  /** Does the work when the account has a call to spare, if it has one before the deadline. */
  async #inSlot<T>(callClass: CallClass, work: () => Promise<T>): Promise<T> {
    const { slots, deadline, provider } = this.#options;
    if (!slots) return work();
    const signal =
      deadline === null ? null : AbortSignal.timeout(Math.max(0, Math.ceil(deadline - this.#options.clock.now())));
    const release = await slots.take(laneOf(callClass), signal);
    if (!release) {
      throw new HubError('deadline_exceeded', { detail: `${provider.name} was busy with other calls of the account.` });
    }
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** One exchange. Resolves with the answer or `unauthorized`; throws a `HubError` otherwise. */
  async #attempt<Schema extends z.ZodType>(
    request: ProviderRequest<Schema>,
    url: URL,
    credentials: Credentials,
    timeoutMs: number,
    attempt: number,
  ): Promise<ProviderResponse<z.infer<Schema>> | 'unauthorized'> {
    const { clock, deadline, provider } = this.#options;
    const remaining = deadline === null ? timeoutMs : deadline - clock.now();
    if (remaining < MIN_REMAINING_MS) {
      throw new HubError('deadline_exceeded', { detail: `No time was left to ask ${provider.name}.` });
    }
    const startedAt = clock.now();
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(timeoutMs, remaining))));
    let response: Response;
    let text: string;
    try {
      response = await this.#options.fetch(url, { ...requestInit(request, credentials), signal });
      text = await response.text();
    } catch (error) {
      this.#report(request, attempt, startedAt, signal.aborted ? 'timeout' : 'network');
      throw this.#lost(error, request, signal.aborted && remaining <= timeoutMs);
    }
    this.#report(request, attempt, startedAt, response.status);

    const body = parseJson(text);
    if (!response.ok && this.#refusesToken(request, response, body, credentials.renewed)) return 'unauthorized';
    await this.#heedRateHeaders(response.headers);
    if (request.expectStatuses?.includes(response.status)) {
      return { status: response.status, headers: response.headers, data: null, rejected: body };
    }
    if (!response.ok) throw await this.#failure(request, response, body);
    return this.#checked(request, response, body);
  }

  /**
   * Some providers also refuse our own key with 401, or a right: no new token helps there, and nobody need reconnect.
   * Some say the same of a token and of a right; it is the right when another token has not helped.
   */
  #refusesToken(
    request: ProviderRequest<z.ZodType>,
    { status, headers }: Response,
    body: unknown,
    renewed: boolean,
  ): boolean {
    const error = this.#options.classifyError?.({ status, body, headers });
    if (error?.tokenInDoubt) return !renewed;
    if (status !== 401 || request.expectStatuses?.includes(401)) return false;
    return error?.code !== 'internal' && error?.code !== 'missing_scope';
  }

  #checked<Schema extends z.ZodType>(
    request: ProviderRequest<Schema>,
    response: Response,
    body: unknown,
  ): ProviderResponse<z.infer<Schema>> {
    const parsed = request.schema.safeParse(body);
    if (!parsed.success) {
      // What became of a write nobody knows, whatever the connector says.
      const known =
        request.method === 'GET'
          ? this.#options.classifyError?.({ status: response.status, body, headers: response.headers })
          : null;
      if (known) throw known;
      // Paths name fields, never values: the message may be logged.
      const where = parsed.error.issues.map((issue) => issue.path.join('.') || '(root)').slice(0, 5);
      throw new HubError('provider_unavailable', {
        detail: `${this.#options.provider.name} gave an unreadable answer to ${request.operation} (at ${where.join(', ')}).`,
        outcomeUnknown: request.method !== 'GET',
      });
    }
    return { status: response.status, headers: response.headers, data: parsed.data };
  }

  async #failure(request: ProviderRequest<z.ZodType>, response: Response, body: unknown): Promise<HubError> {
    const { provider, classifyError, clock, metrics } = this.#options;
    const { status, headers } = response;
    const error = classifyError?.({ status, body, headers }) ?? errorForStatus(provider.name, status);
    const retryAfterSeconds = parseRetryAfter(headers.get('retry-after'), clock.now()) ?? error.retryAfterSeconds;
    if (error.code === 'rate_limited') {
      metrics.count(METRICS.providerThrottles, 1, { provider: provider.type });
      await this.#pause(clock.now() + (retryAfterSeconds ?? 1) * 1000);
    }
    return new HubError(error.code, {
      detail: error.message,
      cause: error.cause,
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterSeconds) }),
      ...(error.extensions === undefined ? {} : { extensions: error.extensions }),
      outcomeUnknown: request.method !== 'GET' && (error.outcomeUnknown || leavesOpen(error.code, status)),
    });
  }

  /** The provider's own count of what is left: when only the live reserve remains, background calls pause. */
  async #heedRateHeaders(headers: Headers): Promise<void> {
    const { provider, quotaPauseMs, clock } = this.#options;
    const pauseMs = Math.max(pauseByRateHeaders(headers, provider), quotaPauseMs?.(headers) ?? 0);
    if (pauseMs > 0) await this.#pause(clock.now() + pauseMs);
  }

  /** Best effort: a budget that cannot be written must not spoil an answer that is already here. */
  async #pause(until: number): Promise<void> {
    const { accountKey, budget, logger, provider } = this.#options;
    if (accountKey === null) return;
    try {
      await budget.pause(accountKey, until);
    } catch (error) {
      logger.warn('a pause could not be noted', { provider: provider.type, error });
    }
  }

  #lost(error: unknown, request: ProviderRequest<z.ZodType>, byDeadline: boolean): HubError {
    const { name } = this.#options.provider;
    const outcomeUnknown = request.method !== 'GET' && !neverSent(error);
    return byDeadline
      ? new HubError('deadline_exceeded', { detail: `${name} did not answer in time.`, outcomeUnknown, cause: error })
      : new HubError('provider_unavailable', { detail: `${name} could not be reached.`, outcomeUnknown, cause: error });
  }

  #report(request: ProviderRequest<z.ZodType>, attempt: number, startedAt: number, outcome: number | string): void {
    const { provider, clock, logger, metrics } = this.#options;
    const durationMs = clock.now() - startedAt;
    const failed = typeof outcome === 'string' || outcome >= 400;
    const dimensions = { provider: provider.type, operation: request.operation };
    metrics.count(METRICS.providerCalls, 1, dimensions);
    metrics.duration(METRICS.providerLatency, durationMs, dimensions);
    if (failed) metrics.count(METRICS.providerErrors, 1, dimensions);
    logger[failed ? 'warn' : 'debug']('provider call', { ...dimensions, outcome, attempt, durationMs });
  }
}

function laneOf(callClass: CallClass): 'live' | 'background' {
  return callClass === 'background_read' ? 'background' : 'live';
}

interface Credentials {
  readonly token: string;
  /** Whether an earlier token was refused in this call. */
  readonly renewed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

function pauseByRateHeaders(headers: Headers, { rateHeaders, rateLimits }: ProviderDescription): number {
  if (!rateHeaders) return 0;
  const numberIn = (name: string): number => Number.parseInt(headers.get(name) ?? '', 10);
  const remaining = numberIn(rateHeaders.remaining);
  if ('resetSeconds' in rateHeaders) {
    const seconds = numberIn(rateHeaders.resetSeconds);
    return remaining <= rateHeaders.reserve && seconds > 0 ? seconds * 1000 : 0;
  }
  const intervalMs = numberIn(rateHeaders.intervalMs);
  const window = rateLimits.default.find((candidate) => candidate.windowMs === intervalMs);
  return remaining <= (window?.liveReserve ?? 0) && intervalMs > 0 ? intervalMs / 5 : 0;
}

function requestInit(request: ProviderRequest<z.ZodType>, credentials: Credentials): RequestInit {
  const headers = new Headers({
    accept: 'application/json',
    ...credentials.headers,
    authorization: `Bearer ${credentials.token}`,
    ...request.headers,
  });
  let body: string | null = null;
  if (request.json !== undefined) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(request.json);
  } else if (request.form !== undefined) {
    headers.set('content-type', 'application/x-www-form-urlencoded');
    body = new URLSearchParams(request.form).toString();
  }
  // A redirect could carry the token to another host.
  return { method: request.method, headers, body, redirect: 'manual' };
}

/** Empty or unparsable text becomes undefined; the schema decides whether that is an answer. */
function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // Gateways answer with HTML at times; the status or the schema check reports it.
    return undefined;
  }
}

/** A write is repeated only if the provider cannot have seen it, or says that it did nothing. */
function mayRepeat(error: HubError, callClass: CallClass): boolean {
  if (error.code === 'rate_limited') return true;
  if (callClass === 'live_write') return error.code === 'provider_unavailable' && !error.outcomeUnknown;
  return error.code === 'provider_unavailable';
}

function matchesOrigin(url: URL, allowed: string): boolean {
  if (!allowed.startsWith('https://*.')) return url.origin === allowed;
  const suffix = allowed.slice('https://*'.length);
  return url.protocol === 'https:' && url.port === '' && url.hostname.endsWith(suffix);
}
