import type {
  ConnectorSession,
  IntegrationConnector,
  PullPage,
  PullRequest,
} from '../../../lambdas/connectors/connector.ts';
import { manifest } from '../../../lambdas/connectors/hubspot/manifest.ts';
import type { Contact } from '../../../lambdas/core/model/contact.ts';
import type { SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';

const RESOURCES = ['contacts', 'customers'] as const satisfies readonly Resource[];
export type ModelResource = (typeof RESOURCES)[number];

interface Row {
  readonly id: number;
  name: string;
  /** Epoch ms. */
  updatedAt: number;
  /** Archived rows are on a list of their own; merged ones are named by their survivor, live or archived; erased ones nowhere. */
  state: 'live' | 'archived' | 'merged' | 'erased';
  mergedIds: string[];
}

/** A provider small enough to be sure of: two kinds of people, in pages of three. */
export class ModelProvider {
  readonly pageSize = 3;
  /** Called before each page is read; may throw, or wait. */
  beforePage: (request: PullRequest) => Promise<void> | void = () => undefined;
  /** Called when a page has been read and is on its way. */
  onItsWay: (request: PullRequest) => Promise<void> | void = () => undefined;
  /** Rows that the connector cannot read. */
  readonly unreadable = new Set<string>();
  /** Asks for a full pull of these once. */
  readonly fullRequired = new Set<Resource>();
  readonly requests: PullRequest[] = [];
  readonly #now: () => number;
  readonly #rows: Readonly<Record<ModelResource, Row[]>> = { contacts: [], customers: [] };

  constructor(now: () => number) {
    this.#now = now;
  }

  create(resource: ModelResource, name: string, mergedIds: string[] = []): string {
    const id = this.#rows[resource].length + 1;
    this.#rows[resource].push({ id, name, updatedAt: this.#now(), state: 'live', mergedIds });
    return String(id);
  }

  ids(resource: ModelResource, state: Row['state'] = 'live'): string[] {
    return this.#rows[resource].filter((row) => row.state === state).map(({ id }) => String(id));
  }

  /** @param updatedAt where several rows shall share one. */
  patch(resource: ModelResource, id: string, name: string, updatedAt: number = this.#now()): void {
    Object.assign(this.#row(resource, id), { name, updatedAt });
  }

  archive(resource: ModelResource, id: string): void {
    this.#row(resource, id).state = 'archived';
  }

  restore(resource: ModelResource, id: string): void {
    Object.assign(this.#row(resource, id), { state: 'live', updatedAt: this.#now() });
  }

  /** Nobody is left to tell of those that were merged into it either. */
  erase(resource: ModelResource, id: string): void {
    for (const each of [id, ...this.#row(resource, id).mergedIds]) this.#row(resource, each).state = 'erased';
  }

  /** A new row stands for both from now on. */
  merge(resource: ModelResource, first: string, second: string): string {
    const rows = [this.#row(resource, first), this.#row(resource, second)];
    for (const row of rows) row.state = 'merged';
    const mergedIds = rows.flatMap((row) => [String(row.id), ...row.mergedIds]);
    return this.create(resource, rows[0]?.name ?? '', mergedIds);
  }

  /** Names by id, of everything that is live. */
  truth(resource: ModelResource): Record<string, string> {
    const live = this.#rows[resource].filter(({ state }) => state === 'live');
    return Object.fromEntries(live.map(({ id, name }) => [String(id), name]));
  }

  connector(): IntegrationConnector {
    return {
      manifest: { ...manifest, resources: RESOURCES, overlapMs: 60_000 },
      identifyAccount: async () => ({ id: '1', name: null, attributes: {} }),
      testConnection: async () => undefined,
      syncData: async (_: ConnectorSession, request: PullRequest) => {
        this.requests.push(request);
        await this.beforePage(request);
        const page = this.#page(request);
        await this.onItsWay(request);
        return page;
      },
    };
  }

  #page(request: PullRequest): PullPage {
    const { mode, cursor, since, until } = request;
    const resource = RESOURCES.find((known) => known === request.resource) ?? 'contacts';
    if (mode === 'incremental' && this.fullRequired.delete(resource)) {
      return { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true };
    }
    const position = JSON.parse(JSON.stringify(cursor ?? { archived: false, after: 0 }));
    const changed = ({ updatedAt }: Row) =>
      mode === 'full' || (updatedAt >= Date.parse(since ?? '') && updatedAt <= Date.parse(until));
    const rows = this.#rows[resource].filter(({ state }) => state === (position.archived ? 'archived' : 'live'));
    const rest = rows.filter((row) => row.id > position.after && (position.archived || changed(row)));
    const page = rest.slice(0, this.pageSize);
    const more = rest.length > page.length;
    const next = more
      ? { archived: position.archived, after: page.at(-1)?.id ?? 0 }
      : position.archived
        ? null
        : { archived: true, after: 0 };
    const mergedIds = page.flatMap((row) => row.mergedIds);
    if (position.archived) {
      return { records: [], deletedIds: [...page.map(({ id }) => String(id)), ...mergedIds], rejected: [], next };
    }
    const readable = page.filter(({ id }) => !this.unreadable.has(String(id)));
    return {
      records: readable.map((row) => recordOf(resource, row)),
      deletedIds: mergedIds,
      rejected: page
        .filter((row) => !readable.includes(row))
        .map(({ id }) => ({ id: String(id), reason: 'unreadable' })),
      next,
    };
  }

  #row(resource: ModelResource, id: string): Row {
    const row = this.#rows[resource][Number(id) - 1];
    if (!row) throw new Error(`no such row: ${resource} ${id}`);
    return row;
  }
}

export function recordOf(
  resource: ModelResource,
  row: { readonly id: number | string; readonly name: string; readonly updatedAt: number },
): SourceRecord<Contact> {
  const id = String(row.id);
  const updatedAt = new Date(row.updatedAt).toISOString();
  return {
    resource,
    id,
    data: {
      id,
      displayName: row.name,
      firstName: row.name,
      lastName: null,
      emails: [`${row.name.toLowerCase()}@example.com`],
      phones: [],
      company: null,
      lifecycleStage: null,
      ownerId: null,
      createdAt: null,
      updatedAt: null,
    },
    source: { name: row.name },
    updatedAt,
  };
}
