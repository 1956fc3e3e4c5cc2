/** Calls to HubSpot's API, by the names of its reference pages. */
import * as z from 'zod';
import type { CallClass, ProviderHttp } from '../../core/provider-http/provider-http.ts';
import { apiAt } from '../kit/api.ts';
import { unreadable } from '../kit/calls.ts';
import { API_ORIGIN, API_VERSION, manifest } from './manifest.ts';
import { accountSchema, linksSchema, objectSchema, pageSchema, pipelinesSchema } from './schemas.ts';

const api = apiAt(API_ORIGIN, manifest.name);

export type ObjectType = 'contacts' | 'deals';

export interface Filter {
  readonly propertyName: string;
  readonly operator: 'EQ' | 'GT' | 'GTE' | 'LTE' | 'CONTAINS_TOKEN';
  readonly value: string;
}

interface SearchQuery {
  readonly filterGroups: readonly { readonly filters: readonly Filter[] }[];
  readonly sorts?: readonly { readonly propertyName: string; readonly direction: 'ASCENDING' }[];
  readonly properties: readonly string[];
  readonly limit: number;
}

const LINKS_PER_CALL = 100;

interface ListQuery {
  readonly limit: number;
  readonly after: string | null;
  readonly archived: boolean;
  readonly properties: readonly string[];
  readonly associations?: 'contacts';
}

/** "CRM objects: contacts" / "deals", list. */
export function listObjects(http: ProviderHttp, type: ObjectType, asked: ListQuery) {
  const { limit, after, archived, properties, associations } = asked;
  const query = { limit, archived, associations, after: after ?? undefined, properties: properties.join(',') };
  return api.call(http, [`${type}.list`, 'GET', pathOf(type)], pageSchema, { query });
}

/** "Search the CRM". Null: the answer has one of `expectStatuses`. */
export function searchObjects(
  http: ProviderHttp,
  type: ObjectType,
  json: SearchQuery,
  expectStatuses: readonly number[] = [],
  options: { callClass?: CallClass } = {},
) {
  const call = [`${type}.search`, 'POST', `${pathOf(type)}/search`] as const;
  return api.find(http, call, pageSchema, expectStatuses, { json, rateBucket: 'search', ...options });
}

/** "CRM objects: contacts", read by id or by a unique property. Null: there is none. */
export function findContact(http: ProviderHttp, id: string, properties: readonly string[], idProperty?: 'email') {
  const query = { idProperty, properties: properties.join(',') };
  const call = ['contacts.get', 'GET', `${pathOf('contacts')}/${encodeURIComponent(id)}`] as const;
  return api.find(http, call, objectSchema, [404], { query, callClass: 'live_read' });
}

/** "CRM objects: contacts", create. A 409 is an answer: the contact exists. */
export function createContact(http: ProviderHttp, properties: Readonly<Record<string, string>>) {
  const options = { json: { properties }, callClass: 'live_write', expectStatuses: [409] } as const;
  return api.answer(http, ['contacts.create', 'POST', pathOf('contacts')], objectSchema, options);
}

/** "Associations", batch read; paged per deal. `failed`: the deals whose links it would not give. */
export async function readContactLinks(http: ProviderHttp, dealIds: readonly string[]) {
  const contactIds = new Map<string, readonly string[]>();
  const failed = new Set<string>();
  const path = `/crm/associations/${API_VERSION}/deals/contacts/batch/read`;
  let pending: { id: string; after?: string }[] = dealIds.map((id) => ({ id }));
  while (pending.length > 0) {
    const json = { inputs: pending.slice(0, LINKS_PER_CALL) };
    const { results, errors } = await api.call(http, ['deals.contacts.read', 'POST', path], linksSchema, { json });
    pending = pending.slice(LINKS_PER_CALL);
    for (const { from, to, paging } of results) {
      contactIds.set(from.id, [...(contactIds.get(from.id) ?? []), ...to]);
      if (paging?.next) pending.push({ id: from.id, after: paging.next.after });
    }
    for (const error of errors ?? []) {
      // A deal without contacts is reported as an error of this category.
      if (error.category === 'OBJECT_NOT_FOUND') continue;
      const ids = error.context?.fromObjectId ?? [];
      if (ids.length === 0) throw unreadable(manifest.name, 'deals.contacts.read');
      for (const id of ids) failed.add(id);
    }
  }
  return { contactIds, failed };
}

/** "Pipelines". */
export async function listDealPipelines(http: ProviderHttp) {
  const path = `/crm/pipelines/${API_VERSION}/deals`;
  return (await api.call(http, ['pipelines.list', 'GET', path], pipelinesSchema)).results;
}

/** "Account information". */
export function getAccount(http: ProviderHttp) {
  return api.call(http, ['account.details', 'GET', `/account-info/${API_VERSION}/details`], accountSchema);
}

/** "Uninstall an app": removes the webhooks and tells the portal's admins; tokens are revoked separately. */
export async function uninstall(http: ProviderHttp): Promise<void> {
  const call = ['app.uninstall', 'DELETE', `/appinstalls/${API_VERSION}/external-install`] as const;
  await api.answer(http, call, z.undefined(), { callClass: 'live_write' });
}

function pathOf(type: ObjectType): string {
  return `/crm/objects/${API_VERSION}/${type}`;
}
