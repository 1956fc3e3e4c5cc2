/** Calls to one org's REST API. */
import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { CallClass, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { apiAt } from '../kit/api.ts';
import { unreadable as unreadableOf } from '../kit/calls.ts';
import { classifyError, errorCodes, INVALID_SELECTION } from './errors.ts';
import { API_VERSION, INSTANCE_SUFFIX, manifest } from './manifest.ts';
import {
  createdSchema,
  deletedSchema,
  describeSchema,
  type QueryPage,
  queryPageSchema,
  rowId,
  searchSchema,
} from './schemas.ts';
import { anyOf, quoted } from './soql.ts';

export type SObject = 'Account' | 'Contact' | 'Lead' | 'Opportunity' | 'OpportunityContactRole';

/** So many ids fit into a URL (16,384 bytes). */
export const IDS_PER_QUERY = 200;
/** What was deleted is too long ago, or too much. */
const DELETIONS_UNKNOWN = new Set(['INVALID_REPLICATION_DATE', 'EXCEEDED_ID_LIMIT']);

/**
 * The API behind this session. The token answer said where it is; that is checked at every use, so that no stored or
 * forged value can lead a token elsewhere.
 */
export function orgOf({ http, account }: ConnectorSession) {
  const instanceUrl = account?.attributes.instance_url ?? '';
  const url = URL.canParse(instanceUrl) ? new URL(instanceUrl) : null;
  if (url === null || url.origin !== `https://${url.hostname}` || !url.hostname.endsWith(INSTANCE_SUFFIX)) {
    throw new HubError('provider_rejected', { detail: 'Salesforce names no org that the hub may call.' });
  }
  const baseUrl = `${url.origin}/services/data/${API_VERSION}`;
  return { http, baseUrl, api: apiAt(baseUrl, manifest.name) };
}

/** "Query", or "QueryAll", which also shows what is in the recycle bin. */
export async function query(
  session: ConnectorSession,
  operation: string,
  soql: string,
  path: 'query' | 'queryAll' = 'query',
): Promise<QueryPage> {
  const { http, api } = orgOf(session);
  return api.call(http, [operation, 'GET', `/${path}`], queryPageSchema, { query: { q: soql } });
}

/** A query for a caller whose fields may be outdated: null when the org no longer shows one of them to this user. */
export function tryQuery(session: ConnectorSession, operation: string, soql: string): Promise<QueryPage | null> {
  const options = { query: { q: soql }, callClass: 'live_read' } as const;
  return getUnless(session, [operation, '/query'], queryPageSchema, INVALID_SELECTION, options);
}

/** Rows for many ids: `select` ends in `… IN`. What does not fit into one page is asked for again, behind the last id. */
export async function queryAmong(session: ConnectorSession, operation: string, select: string, ids: readonly string[]) {
  const rows: unknown[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
    const among = `${select} ${anyOf(ids.slice(start, start + IDS_PER_QUERY))}`;
    for (let behind = ''; ; ) {
      const { done, records } = await query(session, operation, `${among}${behind} ORDER BY Id`);
      rows.push(...records);
      if (done) break;
      const last = rowId(records.at(-1));
      if (last === null || behind.includes(last)) throw unreadable(operation);
      behind = ` AND Id > ${quoted(last)}`;
    }
  }
  return rows;
}

/** "Search" with SOSL; null as for `tryQuery`. */
export async function trySearch(session: ConnectorSession, sosl: string) {
  const options = { query: { q: sosl }, callClass: 'live_read' } as const;
  const found = await getUnless(session, ['people.search', '/search'], searchSchema, INVALID_SELECTION, options);
  return found?.searchRecords ?? null;
}

/** "sObject Describe": the fields that this user may see; null when the object itself is hidden. */
export async function describeFields(session: ConnectorSession, type: SObject): Promise<ReadonlySet<string> | null> {
  const { http, api } = orgOf(session);
  const found = await api.find(http, [`${type}.describe`, 'GET', `/sobjects/${type}/describe`], describeSchema, [404]);
  return found && new Set(found.fields.map(({ name }) => name));
}

/** "sObject Get Deleted". Null when it can't say. */
export function getDeleted(session: ConnectorSession, type: SObject, start: string, end: string) {
  const call = [`${type}.deleted`, `/sobjects/${type}/deleted/`] as const;
  return getUnless(session, call, deletedSchema, DELETIONS_UNKNOWN, { query: { start, end } });
}

/** "sObject Basic Information", create. A 400 is an answer: the org's duplicate rules may have found somebody. */
export function createRecord(
  session: ConnectorSession,
  type: 'Account' | 'Contact',
  json: Readonly<Record<string, string>>,
): Promise<ProviderResponse<z.infer<typeof createdSchema>>> {
  const { http, api } = orgOf(session);
  const options = { json, callClass: 'live_write', expectStatuses: [400] } as const;
  return api.answer(http, [`${type}.create`, 'POST', `/sobjects/${type}`], createdSchema, options);
}

/** Null when the call is refused with one of these codes. */
async function getUnless<Schema extends z.ZodType>(
  session: ConnectorSession,
  [operation, path]: readonly [operation: string, path: string],
  schema: Schema,
  codes: ReadonlySet<string>,
  options: { readonly query: Readonly<Record<string, string>>; readonly callClass?: CallClass },
): Promise<z.infer<Schema> | null> {
  const { http, api } = orgOf(session);
  const answer = await api.answer(http, [operation, 'GET', path], schema, { ...options, expectStatuses: [400] });
  if (answer.data !== null || errorCodes(answer.rejected).some((code) => codes.has(code))) return answer.data;
  throw refusalOf(operation, answer);
}

/** The error behind a status that was expected, but not with this content. */
export function refusalOf(operation: string, { status, rejected }: ProviderResponse<unknown>): HubError {
  return classifyError({ status, body: rejected }) ?? unreadable(operation);
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}
