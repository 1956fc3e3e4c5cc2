/** The calls of the assumed contract. */
import type { ProviderHttp } from '../../core/provider-http/provider-http.ts';
import { apiAt } from '../kit/api.ts';
import { idOf } from '../kit/read-each.ts';
import { notAsAgreed } from './errors.ts';
import { API_ORIGIN, API_PATH, manifest } from './manifest.ts';
import { appointmentSchema, clientSchema, listSchema, oneOf } from './schemas.ts';

const api = apiAt(`${API_ORIGIN}${API_PATH}`, manifest.name);
export const PAGE_LIMIT = 100;

type Query = Readonly<Record<string, string | number | undefined>>;
const live = { callClass: 'live_read' } as const;

export async function listLocations(http: ProviderHttp): Promise<unknown[]> {
  return (await api.call(http, ['locations.list', 'GET', '/locations'], listSchema)).data;
}

/**
 * One page of a list. That pages can be asked for by number is a guess: where the number is ignored, the second page
 * shows the same records as the first, and the list can't be read to its end.
 */
export async function listPage(
  http: ProviderHttp,
  list: 'clients' | 'appointments',
  query: Query,
  /** `firstOfPrevious`: id of the first record of another page, which this one must not begin with. */
  page: { readonly number: number; readonly firstOfPrevious: string | null },
): Promise<unknown[]> {
  const { number, firstOfPrevious } = page;
  const asked = { ...query, limit: PAGE_LIMIT, page: number === 1 ? undefined : number };
  const { data } = await api.call(http, [`${list}.list`, 'GET', `/${list}`], listSchema, { query: asked });
  if (firstOfPrevious !== null && idOf(data[0]) === firstOfPrevious) throw notAsAgreed();
  return data;
}

/**
 * Rows of a list from an offset on, at least a page of them where there are so many. Of two pages the later one is asked
 * for first: a row that moves up between the two calls is on both of them then, and not on neither.
 */
export async function listFrom(
  http: ProviderHttp,
  list: 'clients' | 'appointments',
  query: Query,
  offset: number,
): Promise<unknown[]> {
  const number = Math.floor(offset / PAGE_LIMIT) + 1;
  const skipped = offset % PAGE_LIMIT;
  if (skipped === 0) return listPage(http, list, query, { number, firstOfPrevious: null });
  const later = await listPage(http, list, query, { number: number + 1, firstOfPrevious: null });
  const earlier = await listPage(http, list, query, { number, firstOfPrevious: idOf(later[0]) });
  return [...earlier.slice(skipped), ...later];
}

/** What the free search matches, and how, is not known. */
export async function searchClients(http: ProviderHttp, search: string): Promise<unknown[]> {
  const options = { query: { search }, ...live };
  return (await api.call(http, ['clients.search', 'GET', '/clients'], listSchema, options)).data;
}

export function createClient(http: ProviderHttp, json: Readonly<Record<string, string>>) {
  const options = { json, callClass: 'live_write' } as const;
  return api.call(http, ['clients.create', 'POST', '/clients'], oneOf(clientSchema), options);
}

export async function listTimes(http: ProviderHttp, query: Query): Promise<unknown[]> {
  return (await api.call(http, ['availability.list', 'GET', '/availability'], listSchema, { query, ...live })).data;
}

export function createAppointment(http: ProviderHttp, json: Readonly<Record<string, string>>) {
  const options = { json, callClass: 'live_write' } as const;
  return api.call(http, ['appointments.create', 'POST', '/appointments'], oneOf(appointmentSchema), options);
}
