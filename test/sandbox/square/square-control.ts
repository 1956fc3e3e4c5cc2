import type { SandboxClient } from '../sandbox-client.ts';
import type { BookingStatus, CustomerMember } from './seller.ts';
import type { SquarePatch } from './settings.ts';
import type { BookingTruth, CustomerTruth, LocationTruth, ServiceTruth, StaffTruth } from './truth.ts';

type Members = Readonly<Partial<Record<CustomerMember, string>>>;
interface Account {
  /** Merchant id; left out: the main account. */
  readonly account?: string;
}
export interface SquareTruths {
  readonly customers: CustomerTruth;
  readonly appointments: BookingTruth;
  readonly services: ServiceTruth;
  readonly staff: StaffTruth;
  readonly locations: LocationTruth;
}

/** What people do inside the Square account, and the account's switches. */
export class SquareControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: SquarePatch): Promise<unknown> {
    return this.#client.changeSettings('square', patch);
  }

  createCustomer(members: Members, more: Account = {}): Promise<{ id: string }> {
    return this.#edit('createCustomer', { members, ...more });
  }

  /** Of the first `count` profiles where no ids are given. An empty value clears a member. */
  changeCustomers(
    members: Members,
    chosen: Account & { ids?: readonly string[]; count?: number } = {},
  ): Promise<{ changed: number }> {
    return this.#edit('changeCustomers', { members, ...chosen });
  }

  deleteCustomer(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('deleteCustomer', { id, ...more });
  }

  /** Answers the new profile's id. */
  mergeCustomers(ids: readonly string[], more: Account = {}): Promise<{ id: string }> {
    return this.#edit('mergeCustomers', { ids, ...more });
  }

  /** In the dashboard, where nothing is checked. */
  createBooking(
    booking: Account & {
      teamMemberId: string;
      startAt: string;
      minutes?: number;
      variationId?: string;
      customerId?: string;
      locationId?: string;
    },
  ): Promise<{ id: string }> {
    return this.#edit('createBooking', booking);
  }

  changeBooking(
    id: string,
    change: Account & { startAt?: string; status?: BookingStatus; customerNote?: string },
  ): Promise<unknown> {
    return this.#edit('changeBooking', { id, ...change });
  }

  createItem(
    item: Account & { name: string; minutes: number; price: number | null },
  ): Promise<{ id: string; variationId: string }> {
    return this.#edit('createItem', item);
  }

  changeItem(id: string, change: Account & { name?: string; archived?: boolean; price?: number }): Promise<unknown> {
    return this.#edit('changeItem', { id, ...change });
  }

  deleteItem(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('deleteItem', { id, ...more });
  }

  createStaff(person: Account & { name: string; bookable?: boolean }): Promise<{ id: string }> {
    return this.#edit('createStaff', person);
  }

  changeStaff(id: string, change: Account & { name?: string; bookable?: boolean }): Promise<unknown> {
    return this.#edit('changeStaff', { id, ...change });
  }

  changeLocation(id: string, change: Account & { name?: string; timezone?: string }): Promise<unknown> {
    return this.#edit('changeLocation', { id, ...change });
  }

  async all<Resource extends keyof SquareTruths>(
    resource: Resource,
    more: Account = {},
  ): Promise<SquareTruths[Resource][]> {
    const records: SquareTruths[Resource][] = [];
    const truth = this.#client.truth<SquareTruths[Resource]>('square', resource, more.account);
    for await (const record of truth) records.push(record);
    return records;
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>('square', name, input);
  }
}
