import type { SandboxClient } from '../sandbox-client.ts';
import type { MindbodyPatch } from './settings.ts';

export type MindbodyResource = 'clients' | 'appointments' | 'classes' | 'services' | 'staff';
type Fields = Readonly<
  Partial<Record<'FirstName' | 'LastName' | 'Email' | 'MobilePhone' | 'HomePhone' | 'WorkPhone', string | null>>
>;

/** A client as Mindbody itself knows them. */
export interface ClientTruth {
  readonly Id: string;
  readonly UniqueId: number;
  readonly FirstName: string | null;
  readonly LastName: string | null;
  readonly Email: string | null;
  readonly MobilePhone: string | null;
  readonly HomePhone: string | null;
  readonly WorkPhone: string | null;
  readonly IsProspect: boolean;
  readonly Status: string;
  readonly CreationDate: string;
  readonly LastModifiedDateTime: string;
  /** Sessions that are paid for already. */
  readonly passes: number;
}

export interface AppointmentTruth {
  readonly Id: number;
  readonly Status: string;
  readonly StartDateTime: string;
  readonly EndDateTime: string;
  readonly SessionTypeId: number;
  readonly LocationId: number;
  readonly StaffId: number;
  readonly Staff: { readonly DisplayName: string };
  readonly Notes: string | null;
  readonly IsWaitlist: boolean;
  readonly clientUniqueId: number;
}

export interface ClassTruth {
  readonly Id: number;
  readonly ClassScheduleId: number;
  readonly StartDateTime: string;
  readonly EndDateTime: string;
  readonly IsCanceled: boolean;
  readonly MaxCapacity: number;
  readonly TotalBooked: number;
  readonly LastModifiedDateTime: string;
  readonly ClassDescription: { readonly Name: string; readonly SessionType: { readonly Id: number } };
  readonly Location: { readonly Id: number };
  readonly Staff: { readonly Id: number; readonly DisplayName: string };
}

export interface ServiceTruth {
  readonly Id: number;
  readonly Name: string;
  readonly DefaultTimeLength: number;
}

export interface StaffTruth {
  readonly Id: number;
  readonly DisplayName: string;
  readonly Email: string | null;
}

export interface MindbodyTruths {
  readonly clients: ClientTruth;
  readonly appointments: AppointmentTruth;
  readonly classes: ClassTruth;
  readonly services: ServiceTruth;
  readonly staff: StaffTruth;
}

/** What people do at the Mindbody site 12345, and its switches. */
export class MindbodyControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: MindbodyPatch): Promise<unknown> {
    return this.#client.changeSettings('mindbody', patch);
  }

  /** The owner links the site to the app. */
  activate(): Promise<unknown> {
    return this.#edit('activate', {});
  }

  /** The owner removes the app from the site. */
  unlink(): Promise<unknown> {
    return this.#edit('unlink', {});
  }

  createClient(fields: Fields): Promise<{ id: string; rssid: string }> {
    return this.#edit('createClient', { fields });
  }

  changeClient(id: string, change: { fields?: Fields; rssid?: string; active?: boolean }): Promise<unknown> {
    return this.#edit('changeClient', { id, ...change });
  }

  /** An import changes so many clients at one moment. */
  touchClients(count: number, prospects: boolean): Promise<{ touched: number }> {
    return this.#edit('touchClients', { count, prospects });
  }

  mergeClients(keptId: string, removedId: string): Promise<unknown> {
    return this.#edit('mergeClients', { keptId, removedId });
  }

  /** @param start local time of the site. */
  book(wanted: { clientId: string; sessionTypeId: number; staffId: number; start: string }): Promise<{ id: string }> {
    return this.#edit('book', wanted);
  }

  move(id: string, start: string, staffId?: number): Promise<unknown> {
    return this.#edit('move', { id, start, ...(staffId === undefined ? {} : { staffId }) });
  }

  setStatus(id: string, verb: 'cancel' | 'latecancel' | 'confirm' | 'arrive' | 'complete'): Promise<unknown> {
    return this.#edit('setStatus', { id, verb });
  }

  removeAppointment(id: string): Promise<unknown> {
    return this.#edit('removeAppointment', { id });
  }

  changeClass(id: string, change: { booked?: number; cancelled?: boolean; removed?: boolean }): Promise<unknown> {
    return this.#edit('changeClass', { id, ...change });
  }

  changeService(id: string, change: { name?: string; minutes?: number }): Promise<unknown> {
    return this.#edit('changeService', { id, ...change });
  }

  retireStaff(id: string): Promise<unknown> {
    return this.#edit('retireStaff', { id });
  }

  truth<R extends MindbodyResource>(resource: R): AsyncGenerator<MindbodyTruths[R]> {
    return this.#client.truth<MindbodyTruths[R]>('mindbody', resource);
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>('mindbody', name, input);
  }
}
