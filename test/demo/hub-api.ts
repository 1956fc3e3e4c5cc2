import type * as z from 'zod';
import { type bookBody, type connectBody, problemSchema, responses } from '../../lambdas/core/http/api-schemas.ts';
import type { SyncType } from '../../lambdas/core/model/sync-run.ts';
import { DemoError } from './demo-error.ts';

/** No answer of the API may take longer, in ms. */
const ANSWER_LIMIT_MS = 30_000;

/** The API refused a call, in its own words. */
export class ProblemError extends DemoError {
  readonly status: number;
  readonly code: string;
  /** Free times beside the one that is taken. */
  readonly alternatives: readonly OfferedSlot[];

  constructor(call: string, problem: z.infer<typeof problemSchema>) {
    super(`${call} answered ${problem.status} ${problem.code}: ${problem.detail}`);
    this.status = problem.status;
    this.code = problem.code;
    this.alternatives = problem.alternatives ?? [];
  }
}

interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type LookupAnswer = z.infer<typeof responses.lookup>;
export type OfferedSlot = z.infer<typeof responses.availability>['slots'][number];
export type BookedAppointment = z.infer<typeof responses.appointment>['appointment'];

/** The hub's HTTP API as a voice agent calls it, for one workspace. Every answer is checked against its contract. */
export class HubApi {
  readonly #url: string;
  readonly #workspace: string;
  readonly #signal: AbortSignal;

  constructor(url: string, workspaceId: string, signal: AbortSignal) {
    this.#url = url;
    this.#workspace = `/v1/workspaces/${workspaceId}`;
    this.#signal = signal;
  }

  async providers() {
    return (await this.#call('GET', '/v1/providers', responses.providers)).providers;
  }

  async health(): Promise<void> {
    await this.#call('GET', '/health', responses.health);
  }

  connect(body: z.input<typeof connectBody>) {
    return this.#call('POST', `${this.#workspace}/integrations`, responses.connecting, { body });
  }

  async integration(id: string) {
    return (await this.#call('GET', this.#path(id), responses.integration)).integration;
  }

  test(id: string) {
    return this.#call('POST', `${this.#path(id)}/test`, responses.test);
  }

  async startSync(id: string, type: SyncType) {
    return (await this.#call('POST', `${this.#path(id)}/syncs`, responses.run, { body: { type } })).run;
  }

  async syncs(id: string) {
    return (await this.#call('GET', `${this.#path(id)}/syncs`, responses.runs)).runs;
  }

  async sync(id: string, runId: string) {
    return (await this.#call('GET', `${this.#path(id)}/syncs/${runId}`, responses.run)).run;
  }

  lookup(query: Readonly<Record<string, string>>): Promise<LookupAnswer> {
    return this.#call('GET', `${this.#workspace}/contacts/lookup`, responses.lookup, { query });
  }

  createContact(idempotencyKey: string, body: Readonly<Record<string, string>>) {
    const headers = { 'idempotency-key': idempotencyKey };
    return this.#call('POST', `${this.#workspace}/contacts`, responses.createdContact, { body, headers });
  }

  async services() {
    return (await this.#call('GET', `${this.#workspace}/services`, responses.services)).services;
  }

  async staff() {
    return (await this.#call('GET', `${this.#workspace}/staff`, responses.staff)).staff;
  }

  availability(query: Readonly<Record<string, string>>) {
    return this.#call('GET', `${this.#workspace}/availability`, responses.availability, { query });
  }

  async book(idempotencyKey: string, body: z.input<typeof bookBody>): Promise<BookedAppointment> {
    const headers = { 'idempotency-key': idempotencyKey };
    return (await this.#call('POST', `${this.#workspace}/appointments`, responses.appointment, { body, headers }))
      .appointment;
  }

  async move(idempotencyKey: string, appointmentId: string, slotId: string): Promise<BookedAppointment> {
    const path = `${this.#workspace}/appointments/${appointmentId}`;
    const headers = { 'idempotency-key': idempotencyKey };
    return (await this.#call('PATCH', path, responses.appointment, { body: { slotId }, headers })).appointment;
  }

  cancel(idempotencyKey: string, appointmentId: string) {
    const path = `${this.#workspace}/appointments/${appointmentId}`;
    return this.#call('DELETE', path, responses.cancelled, { headers: { 'idempotency-key': idempotencyKey } });
  }

  async appointments(query: Readonly<Record<string, string>>) {
    return (await this.#call('GET', `${this.#workspace}/appointments`, responses.appointments, { query })).appointments;
  }

  #path(integrationId: string): string {
    return `${this.#workspace}/integrations/${integrationId}`;
  }

  async #call<Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    { query, body, headers }: Call = {},
  ): Promise<z.output<Schema>> {
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    const response = await fetch(`${this.#url}${path}${search}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const call = `${method} ${path}`;
    const answer = await readJson(call, response);
    if (!response.ok) {
      const problem = problemSchema.safeParse(answer);
      if (problem.success) throw new ProblemError(call, problem.data);
      throw new DemoError(`${call} answered ${response.status} without a problem document`);
    }
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new DemoError(`${call} answered against its contract at ${issue?.path.join('.')}: ${issue?.message}`);
  }
}

async function readJson(call: string, response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new DemoError(`${call} answered ${response.status} with something that is not JSON`);
  }
}
