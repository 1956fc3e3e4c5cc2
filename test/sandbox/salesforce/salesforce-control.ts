import type { SandboxClient } from '../sandbox-client.ts';
import type { SalesforcePatch } from './settings.ts';
import type { Fields } from './store.ts';

type Resource = 'contacts' | 'opportunities' | 'leads';
type ObjectType = 'Account' | 'Contact' | 'Lead' | 'Opportunity';
interface Account {
  /** Org id; left out: the main org. */
  readonly account?: string;
}
interface Late {
  /** How long ago it is stamped, in ms: rows are committed late at times. */
  readonly lateMs?: number;
}

/** A record as Salesforce itself knows it. */
export interface SalesforceTruth {
  readonly id: string;
  /** As the API shows it. */
  readonly fields: Fields & { readonly Account?: { readonly Name: string } | null };
  readonly updatedAt: string;
}

/** What people do inside the Salesforce org, and its switches. */
export class SalesforceControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: SalesforcePatch): Promise<unknown> {
    return this.#client.changeSettings('salesforce', patch);
  }

  /** `contactId`: an opportunity's primary contact. */
  create(
    type: ObjectType,
    fields: Fields,
    more: Account & Late & { readonly contactId?: string } = {},
  ): Promise<{ id: string }> {
    return this.#edit('create', { type, fields, ...more });
  }

  patch(id: string, fields: Fields, more: Account & Late = {}): Promise<unknown> {
    return this.#edit('patch', { id, fields, ...more });
  }

  /** A bulk edit: the first `count` records get one stamp. */
  touch(type: ObjectType, count: number, fields: Fields, more: Account = {}): Promise<{ touched: number }> {
    return this.#edit('touch', { type, count, fields, ...more });
  }

  /** Into the recycle bin. */
  delete(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('delete', { id, ...more });
  }

  undelete(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('undelete', { id, ...more });
  }

  /** Deletes for good, the recycle bin included. */
  purge(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('purge', { id, ...more });
  }

  merge(masterId: string, loserId: string, more: Account = {}): Promise<unknown> {
    return this.#edit('merge', { masterId, loserId, ...more });
  }

  /** Answers the new contact. */
  convertLead(id: string, more: Account = {}): Promise<{ id: string }> {
    return this.#edit('convertLead', { id, ...more });
  }

  /** Into or out of what the connected user may see. */
  share(id: string, visible: boolean, more: Account = {}): Promise<unknown> {
    return this.#edit('share', { id, visible, ...more });
  }

  setPrimaryContact(opportunityId: string, contactId: string | null, more: Account = {}): Promise<unknown> {
    return this.#edit('setPrimaryContact', { opportunityId, contactId, ...more });
  }

  truth(resource: Resource, more: Account = {}): AsyncGenerator<SalesforceTruth> {
    return this.#client.truth<SalesforceTruth>('salesforce', resource, more.account);
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>('salesforce', name, input);
  }
}
