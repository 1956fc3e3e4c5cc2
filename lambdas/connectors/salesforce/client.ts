/** Typed calls to one org's REST API over the shared provider HTTP. */
import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { ProviderHttp, ProviderRequest, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { idOf } from '../kit/read-each.ts';
import { classifyError, errorCodes, INVALID_SELECTION } from './errors.ts';
import { API_VERSION, INSTANCE_SUFFIX, manifest } from './manifest.ts';
import {
  createdSchema,
  deletedSchema,
  describeSchema,
  type QueryPage,
  queryPageSchema,
  recordIdSchema,
  searchSchema,
} from './schemas.ts';
import { anyOf, quoted } from './soql.ts';

export type SObject = 'Account' | 'Contact' | 'Lead' | 'Opportunity' | 'OpportunityContactRole';

/** So many ids fit into a URL (16,384 bytes). */
export const IDS_PER_QUERY = 200;

/** One org's API. */
export interface Org {
  readonly http: ProviderHttp;
  /** Where its paths begin. */
  readonly baseUrl: string;
}

/**
 * The API behind this session. The token answer said where it is; that is checked at every use, so that no stored or
 * forged value can lead a token elsewhere.
 */
export function orgOf({ http, account }: ConnectorSession): Org {
  const instanceUrl = account?.attributes.instance_url ?? '';
  const url = URL.canParse(instanceUrl) ? new URL(instanceUrl) : null;
  if (url === null || url.origin !== `https://${url.hostname}` || !url.hostname.endsWith(INSTANCE_SUFFIX)) {
    throw new HubError('provider_rejected', { detail: 'Salesforce names no org that the hub may call.' });
  }
  return { http, baseUrl: `${url.origin}/services/data/${API_VERSION}` };
}

/** "Query" or, with `deleted`, "QueryAll", which also shows what is in the recycle bin. */
export function query(
  org: Org,
  operation: string,
  soql: string,
  options: { readonly deleted?: true } = {},
): Promise<QueryPage> {
  return send(org.http, queryRequest(org, operation, soql, options.deleted ? 'queryAll' : 'query'));
}

/** Those of many records that are there, by a member that holds ids. Rows that don't fit into one page are asked for again. */
export async function queryAmong(
  org: Org,
  operation: string,
  wanted: {
    readonly fields: readonly string[];
    readonly type: SObject;
    readonly member: string;
    readonly ids: readonly string[];
    readonly condition?: string;
  },
): Promise<unknown[]> {
  const rows: unknown[] = [];
  const condition = wanted.condition === undefined ? '' : ` AND ${wanted.condition}`;
  for (let start = 0; start < wanted.ids.length; start += IDS_PER_QUERY) {
    const among = `${wanted.member} IN ${anyOf(wanted.ids.slice(start, start + IDS_PER_QUERY))}${condition}`;
    for (let behind = ''; ; ) {
      const soql = `SELECT ${wanted.fields.join(', ')} FROM ${wanted.type} WHERE ${among}${behind} ORDER BY Id`;
      const { done, records } = await query(org, operation, soql);
      rows.push(...records);
      if (done) break;
      const last = recordIdSchema.safeParse(idOf(records.at(-1), 'Id')).data;
      if (last === undefined || behind.includes(last)) throw unreadable(operation);
      behind = ` AND Id > ${quoted(last)}`;
    }
  }
  return rows;
}

/** A query for a caller whose fields may be outdated: null when the org no longer shows one of them to this user. */
export async function tryQuery(org: Org, operation: string, soql: string): Promise<QueryPage | null> {
  const request = queryRequest(org, operation, soql, 'query');
  const answer = await org.http.request({ ...request, callClass: 'live_read', expectStatuses: [400] });
  if (answer.data === null && !errorCodes(answer.rejected).some((code) => INVALID_SELECTION.has(code))) {
    throw refusalOf(operation, answer);
  }
  return answer.data;
}

function queryRequest(org: Org, operation: string, soql: string, path: 'query' | 'queryAll') {
  return {
    operation,
    method: 'GET',
    url: `${org.baseUrl}/${path}`,
    query: { q: soql },
    schema: queryPageSchema,
  } satisfies ProviderRequest<typeof queryPageSchema>;
}

/** "Search" with SOSL. */
export async function search(org: Org, sosl: string): Promise<z.infer<typeof searchSchema>['searchRecords']> {
  const { searchRecords } = await send(org.http, {
    operation: 'people.search',
    method: 'GET',
    url: `${org.baseUrl}/search`,
    query: { q: sosl },
    schema: searchSchema,
  });
  return searchRecords;
}

/** "sObject Describe": the fields that this user may see; null when the object itself is hidden. */
export async function describeFields(org: Org, type: SObject): Promise<string[] | null> {
  const { data } = await org.http.request({
    operation: `${type}.describe`,
    method: 'GET',
    url: `${org.baseUrl}/sobjects/${type}/describe`,
    schema: describeSchema,
    expectStatuses: [404],
  });
  return data === null ? null : data.fields.map(({ name }) => name);
}

/** "sObject Get Deleted". Null when it can't say: the time is too long ago, or too much was deleted. */
export async function getDeleted(
  org: Org,
  type: SObject,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<z.infer<typeof deletedSchema> | null> {
  const operation = `${type}.deleted`;
  const answer = await org.http.request({
    operation,
    method: 'GET',
    url: `${org.baseUrl}/sobjects/${type}/deleted/`,
    query: { start: from, end: to },
    schema: deletedSchema,
    expectStatuses: [400],
  });
  const tooMuch = ['INVALID_REPLICATION_DATE', 'EXCEEDED_ID_LIMIT'];
  if (answer.data === null && !errorCodes(answer.rejected).some((code) => tooMuch.includes(code))) {
    throw refusalOf(operation, answer);
  }
  return answer.data;
}

/** "sObject Basic Information", create. A 400 is an answer: the org's duplicate rules may have found somebody. */
export function createRecord(
  org: Org,
  type: 'Account' | 'Contact',
  fields: Readonly<Record<string, string>>,
): Promise<ProviderResponse<z.infer<typeof createdSchema>>> {
  return org.http.request({
    operation: `${type}.create`,
    method: 'POST',
    url: `${org.baseUrl}/sobjects/${type}`,
    json: fields,
    schema: createdSchema,
    callClass: 'live_write',
    expectStatuses: [400],
  });
}

/** The error behind a status that was expected, but not with this content. */
export function refusalOf(operation: string, { status, rejected }: ProviderResponse<unknown>): HubError {
  return classifyError({ status, body: rejected }) ?? unreadable(operation);
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}
