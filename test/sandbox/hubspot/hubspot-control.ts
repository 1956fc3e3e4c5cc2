import type { SandboxClient } from '../sandbox-client.ts';
import type { HubSpotPatch } from './settings.ts';

type Resource = 'contacts' | 'deals';
type Values = Readonly<Record<string, string>>;
interface Account {
  /** Hub id; left out: the main account. */
  readonly account?: string;
}

/** A record as HubSpot itself knows it. */
export interface HubSpotTruth {
  readonly id: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Of deals: live contacts, ascending. */
  readonly contactIds?: readonly string[];
}

/** What people do inside the HubSpot account, and the account's switches. */
export class HubSpotControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: HubSpotPatch): Promise<unknown> {
    return this.#client.changeSettings('hubspot', patch);
  }

  /** What search still shows of the past, in ms. */
  setSearchLag(searchLagMs: number): Promise<unknown> {
    return this.change({ searchLagMs });
  }

  create(
    resource: Resource,
    properties: Values,
    more: Account & { contactIds?: readonly string[] } = {},
  ): Promise<{ id: string }> {
    return this.#edit('create', { resource, properties, ...more });
  }

  patch(resource: Resource, id: string, properties: Values, more: Account = {}): Promise<unknown> {
    return this.#edit('patch', { resource, id, properties, ...more });
  }

  /** A bulk edit: all chosen records get the same modified date. */
  touch(
    resource: Resource,
    chosen: Account & { ids?: readonly string[]; count?: number; properties?: Values; at?: string } = {},
  ): Promise<{ touched: number; at: string }> {
    return this.#edit('touch', { resource, ...chosen });
  }

  archive(resource: Resource, id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('archive', { resource, id, ...more });
  }

  restore(resource: Resource, id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('restore', { resource, id, ...more });
  }

  /** Answers the survivor's id, a new one by default. */
  merge(resource: Resource, primaryId: string, secondaryId: string, more: Account = {}): Promise<{ id: string }> {
    return this.#edit('merge', { resource, primaryId, secondaryId, ...more });
  }

  gdprDelete(resource: Resource, id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('gdprDelete', { resource, id, ...more });
  }

  renameStage(stageId: string, label: string, more: Account = {}): Promise<unknown> {
    return this.#edit('renameStage', { stageId, label, ...more });
  }

  truth(resource: Resource, more: Account = {}): AsyncGenerator<HubSpotTruth> {
    return this.#client.truth<HubSpotTruth>('hubspot', resource, more.account);
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>('hubspot', name, input);
  }
}
