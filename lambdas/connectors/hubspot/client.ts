/** Typed calls to HubSpot's API over the shared provider HTTP. */
import * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import type { CallClass, ProviderHttp, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { API_ORIGIN, API_VERSION, manifest } from './manifest.ts';
import {
  accountSchema,
  type HubSpotObject,
  type HubSpotPage,
  type HubSpotPipeline,
  linksSchema,
  objectSchema,
  pageSchema,
  pipelinesSchema,
} from './schemas.ts';

export type ObjectType = 'contacts' | 'deals';

export interface ListQuery {
  readonly limit: number;
  readonly after: string | null;
  readonly archived: boolean;
  readonly properties: readonly string[];
  readonly associations?: 'contacts';
}

export interface Filter {
  readonly propertyName: string;
  readonly operator: 'EQ' | 'GT' | 'GTE' | 'LTE' | 'CONTAINS_TOKEN';
  readonly value: string;
}

export interface SearchQuery {
  readonly filterGroups: readonly { readonly filters: readonly Filter[] }[];
  readonly sorts?: readonly { readonly propertyName: string; readonly direction: 'ASCENDING' }[];
  readonly properties: readonly string[];
  readonly limit: number;
}

export interface CallOptions {
  readonly callClass?: CallClass;
  readonly expectStatuses?: readonly number[];
}

/** Ids to links: what `batch/read` said, and the deals whose links it would not give. */
export interface ContactLinks {
  readonly contactIds: ReadonlyMap<string, readonly string[]>;
  readonly failed: ReadonlySet<string>;
}

const LINKS_PER_CALL = 100;

const objectsUrl = (type: ObjectType): string => `${API_ORIGIN}/crm/objects/${API_VERSION}/${type}`;

/** "CRM objects: contacts" / "deals", list. */
export async function listObjects(http: ProviderHttp, type: ObjectType, query: ListQuery): Promise<HubSpotPage> {
  return send(http, {
    operation: `${type}.list`,
    method: 'GET',
    url: objectsUrl(type),
    query: {
      limit: query.limit,
      after: query.after ?? undefined,
      archived: query.archived,
      properties: query.properties.join(','),
      associations: query.associations,
    },
    schema: pageSchema,
  });
}

/** "Search the CRM". */
export function searchObjects(
  http: ProviderHttp,
  type: ObjectType,
  query: SearchQuery,
  options: CallOptions = {},
): Promise<ProviderResponse<HubSpotPage>> {
  return http.request({
    operation: `${type}.search`,
    method: 'POST',
    url: `${objectsUrl(type)}/search`,
    json: query,
    schema: pageSchema,
    rateBucket: 'search',
    ...options,
  });
}

/** "CRM objects: contacts", read by id or by a unique property. Null: there is none. */
export async function findContact(
  http: ProviderHttp,
  id: string,
  query: { readonly idProperty?: 'email'; readonly properties: readonly string[] },
): Promise<HubSpotObject | null> {
  const answer = await http.request({
    operation: 'contacts.get',
    method: 'GET',
    url: `${objectsUrl('contacts')}/${encodeURIComponent(id)}`,
    query: { idProperty: query.idProperty, properties: query.properties.join(',') },
    schema: objectSchema,
    callClass: 'live_read',
    expectStatuses: [404],
  });
  return answer.data;
}

/** "CRM objects: contacts", create. A 409 is an answer: the contact exists. */
export function createContact(
  http: ProviderHttp,
  properties: Readonly<Record<string, string>>,
): Promise<ProviderResponse<HubSpotObject>> {
  return http.request({
    operation: 'contacts.create',
    method: 'POST',
    url: objectsUrl('contacts'),
    json: { properties },
    schema: objectSchema,
    callClass: 'live_write',
    expectStatuses: [409],
  });
}

/** "Associations", batch read; paged per deal. */
export async function readContactLinks(http: ProviderHttp, dealIds: readonly string[]): Promise<ContactLinks> {
  const contactIds = new Map<string, readonly string[]>();
  const failed = new Set<string>();
  let pending: { id: string; after?: string }[] = dealIds.map((id) => ({ id }));
  while (pending.length > 0) {
    const { results, errors } = await send(http, {
      operation: 'deals.contacts.read',
      method: 'POST',
      url: `${API_ORIGIN}/crm/associations/${API_VERSION}/deals/contacts/batch/read`,
      json: { inputs: pending.slice(0, LINKS_PER_CALL) },
      schema: linksSchema,
    });
    pending = pending.slice(LINKS_PER_CALL);
    for (const { from, to, paging } of results) {
      contactIds.set(from.id, [...(contactIds.get(from.id) ?? []), ...to]);
      if (paging?.next) pending.push({ id: from.id, after: paging.next.after });
    }
    for (const error of errors ?? []) {
      // A deal without contacts is reported as an error of this category.
      if (error.category === 'OBJECT_NOT_FOUND') continue;
      const ids = error.context?.fromObjectId ?? [];
      if (ids.length === 0) throw unreadable('deals.contacts.read');
      for (const id of ids) failed.add(id);
    }
  }
  return { contactIds, failed };
}

/** "Pipelines". */
export async function listDealPipelines(http: ProviderHttp): Promise<HubSpotPipeline[]> {
  const { results } = await send(http, {
    operation: 'pipelines.list',
    method: 'GET',
    url: `${API_ORIGIN}/crm/pipelines/${API_VERSION}/deals`,
    schema: pipelinesSchema,
  });
  return results;
}

/** "Account information". */
export async function getAccount(http: ProviderHttp): Promise<z.infer<typeof accountSchema>> {
  return send(http, {
    operation: 'account.details',
    method: 'GET',
    url: `${API_ORIGIN}/account-info/${API_VERSION}/details`,
    schema: accountSchema,
  });
}

/** "Uninstall an app": removes the webhooks and tells the portal's admins; tokens are revoked separately. */
export async function uninstall(http: ProviderHttp): Promise<void> {
  await http.request({
    operation: 'app.uninstall',
    method: 'DELETE',
    url: `${API_ORIGIN}/appinstalls/${API_VERSION}/external-install`,
    schema: z.undefined(),
    callClass: 'live_write',
  });
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}
