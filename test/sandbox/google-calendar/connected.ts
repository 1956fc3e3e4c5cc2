import * as z from 'zod';
import type { ConnectorSession } from '../../../lambdas/connectors/connector.ts';
import { createConnector } from '../../../lambdas/connectors/google-calendar/index.ts';
import { type Scripted, ScriptedHttp, sessionFor } from '../../../lambdas/connectors/kit/scripted-http.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { ProviderHttp } from '../../../lambdas/core/provider-http/provider-http.ts';
import { SandboxClock } from '../mechanics/clock.ts';
import { Counters } from '../mechanics/counters.ts';
import { createGoogleCalendar } from './google-calendar.ts';
import type { TrueEvent } from './google-calendar-control.ts';
import { CHAIRS, FRONT_DESK, ZONE } from './seed.ts';

export const REDIRECT_URI = 'http://localhost:8787/oauth/callback';
const SALON = '108256374910283746501';

/** For tests: the sandbox in this process, with the salon's consent, and the real connector in front of it. */
export function connectedSalon(contacts = 20, calendars: readonly string[] = [FRONT_DESK, ...CHAIRS]) {
  const clock = new SandboxClock();
  const google = createGoogleCalendar({ clock, counters: new Counters(), seed: 1, contacts, clients: {}, deals: null });
  // The clock may be moved by months; tokens are another test's business.
  google.oauth.rules.accessTokenMs = 1_000 * 86_400_000;
  const scopes = google.oauth.rules.requiredScopes;
  const tokenOf = (account: string, userId: number): string => {
    const consent = { account, userId, scopes, redirectUri: REDIRECT_URI, challenge: null };
    const issued = google.oauth.exchange(google.oauth.issueCode(consent), REDIRECT_URI, undefined);
    if (typeof issued === 'string') throw new Error(issued);
    return issued.accessToken;
  };
  const token = tokenOf(SALON, 1);

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = { method, headers: { authorization: `Bearer ${token}`, ...headers } };
    const request = new Request(
      `http://sandbox${path}`,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    const response = await google.app.fetch(request);
    const text = await response.text();
    // As `JSON.parse` gives it: tests look into answers of many shapes.
    const answer: ReturnType<typeof JSON.parse> = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: answer };
  };
  const edit = (name: string, input: object): ReturnType<typeof JSON.parse> => google.edits[name]?.(input);
  const truth = (): TrueEvent[] =>
    [...(google.truth('appointments', null) ?? [])].map((row) => trueEventSchema.parse(row));

  /** The connector's calls, one by one, as the real client would make them. */
  const http: ProviderHttp = {
    async request(request) {
      const url = new URL(request.url);
      for (const [name, value] of Object.entries(request.query ?? {}))
        if (value !== undefined) url.searchParams.set(name, String(value));
      const { status, body } = await call(request.method, `${url.pathname}${url.search}`, request.json, {
        ...request.headers,
      });
      const answer: Scripted = { status, body };
      return new ScriptedHttp(() => answer, createConnector().classifyError).request(request);
    },
  };
  const session = (): ConnectorSession => ({
    ...sessionFor(
      http,
      { timeZone: ZONE, booking: { calendars: calendars.map((staffId) => ({ staffId })) } },
      { id: SALON, name: null, attributes: { primaryCalendarId: FRONT_DESK, timeZone: ZONE } },
    ),
    now: () => clock.now(),
  });
  return { clock, google, calendars, token, tokenOf, call, edit, truth, session };
}

/** What the sync engine keeps of a resource, in a few lines. */
export class Mirror {
  readonly records = new Map<string, SourceRecord>();
  readonly rejected: string[] = [];
  feedState: Json | null = null;
  fullPulls = 0;

  async sync(
    session: ConnectorSession,
    resource: Resource = 'appointments',
    type: 'full' | 'incremental' = 'incremental',
  ) {
    const { syncData } = createConnector();
    const until = new Date(session.now()).toISOString();
    let mode: 'full' | 'incremental' = this.fullPulls === 0 ? 'full' : type;
    let cursor: Json | null = null;
    let seen = new Set<string>();
    for (;;) {
      const request = {
        resource,
        mode,
        until,
        cursor,
        since: mode === 'full' ? null : until,
        feedState: this.feedState,
      };
      const page = await syncData?.(session, request);
      if (!page) throw new Error('there is no syncData');
      if (page.fullRequired) {
        [mode, cursor, seen] = ['full', null, new Set()];
        continue;
      }
      for (const record of page.records) this.records.set(record.id, record);
      for (const id of page.deletedIds) if (!page.records.some((record) => record.id === id)) this.records.delete(id);
      for (const { id } of [...page.records, ...page.rejected]) seen.add(id);
      this.rejected.push(...page.rejected.map(({ id }) => id));
      if (page.next === null) {
        this.feedState = JSON.parse(JSON.stringify(page.feedState ?? null));
        if (mode === 'full') this.#sweep(seen);
        this.fullPulls += mode === 'full' ? 1 : 0;
        return mode;
      }
      cursor = JSON.parse(JSON.stringify(page.next));
    }
  }

  #sweep(seen: ReadonlySet<string>): void {
    for (const id of this.records.keys()) if (!seen.has(id)) this.records.delete(id);
  }
}

const trueEventSchema = z.custom<TrueEvent>((row) => typeof row === 'object' && row !== null && 'event' in row);
