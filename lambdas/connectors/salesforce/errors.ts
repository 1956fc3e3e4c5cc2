import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, unavailable } from '../kit/failures.ts';
import { errorsSchema } from './schemas.ts';

/** The day's quota rolls, so some of it comes back all the time, but slowly. */
const DAILY_PAUSE_SECONDS = 15 * 60;
const CONCURRENT_PAUSE_SECONDS = 60;
/** From this share of the day's calls on, all that are left are for callers. */
const BACKGROUND_SHARE = 0.8;

/** The user may not see a field or an object that a query names. */
export const INVALID_SELECTION: ReadonlySet<string> = new Set(['INVALID_FIELD', 'INVALID_TYPE']);

const NO_API = new Set(['API_DISABLED_FOR_ORG', 'API_CURRENTLY_DISABLED']);
const GONE = new Set(['NOT_FOUND', 'ENTITY_IS_DELETED']);
/** Worth another try: a row that somebody else is writing, or a query that took too long. */
const MOMENTARY = new Set(['UNABLE_TO_LOCK_ROW', 'QUERY_TIMEOUT', 'SERVER_UNAVAILABLE']);

/** Salesforce's error answers in the hub's terms ("Status Codes and Error Responses", "StatusCode" of the API). */
export function classifyError({ status, body }: { readonly status: number; readonly body: unknown }): HubError | null {
  const errors = errorsOf(body);
  const codes = errorCodes(body);
  const has = (set: ReadonlySet<string>) => codes.some((code) => set.has(code));

  // A quota that is used up comes with the status of a missing permission.
  if (codes.includes('REQUEST_LIMIT_EXCEEDED')) {
    const concurrent = errors.some(({ message }) => /concurrent/i.test(message ?? ''));
    return limited('Salesforce', concurrent ? CONCURRENT_PAUSE_SECONDS : DAILY_PAUSE_SECONDS);
  }
  if (has(NO_API)) {
    return new HubError('plan_required', {
      detail:
        'This Salesforce org gives no access by API: its edition has none (Professional needs the API add-on), or the user who connected lacks the permission "API Enabled".',
    });
  }
  if (has(MOMENTARY)) return unavailable('Salesforce is busy with this record or query.', 2);
  if (has(GONE)) return new HubError('not_found', { detail: 'Salesforce does not have this record.' });
  if (has(INVALID_SELECTION)) {
    return new HubError('missing_scope', {
      detail: 'The Salesforce user who connected may not see an object or a field that this needs.',
    });
  }
  if (codes.includes('MALFORMED_QUERY')) {
    return new HubError('internal', { detail: "Salesforce can't read the hub's query." });
  }
  if (status === 403) return missingScope('Salesforce', codes);
  if (status === 410) return new HubError('internal', { detail: 'Salesforce has retired this version of its API.' });
  if (status === 420 || status >= 500) return unavailable(`Salesforce answered with status ${status}.`);
  return status === 400 ? notAccepted('Salesforce', [...codes, ...errors.flatMap(({ fields }) => fields ?? [])]) : null;
}

/** Ids of the records that the org's duplicate rules take for the same. */
export function duplicateIds(body: unknown): string[] {
  const results = errorsOf(body).flatMap((error) =>
    error.errorCode === 'DUPLICATES_DETECTED' ? [error.duplicateResut, error.duplicateResult] : [],
  );
  const matches = results.flatMap((result) => result?.matchResults ?? []).flatMap((match) => match.matchRecords ?? []);
  return [...new Set(matches.flatMap(({ record }) => record?.Id ?? []))];
}

export function errorCodes(body: unknown): string[] {
  return errorsOf(body).flatMap(({ errorCode }) => errorCode ?? []);
}

/** `Sforce-Limit-Info: api-usage=12000/15000` ("Limit Info Header"): of all apps together, in 24 hours. */
export function quotaPauseMs(headers: Headers): number {
  const [, used, total] = /(?:^|[\s;,])api-usage=(\d+)\/(\d+)/.exec(headers.get('sforce-limit-info') ?? '') ?? [];
  const usedUp = used !== undefined && Number(used) >= Number(total) * BACKGROUND_SHARE;
  return usedUp ? DAILY_PAUSE_SECONDS * 1000 : 0;
}

function errorsOf(body: unknown): z.infer<typeof errorsSchema> {
  return errorsSchema.safeParse(body).data ?? [];
}
