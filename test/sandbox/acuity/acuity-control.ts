import type { SandboxClient } from '../sandbox-client.ts';
import type { AcuityPatch } from './settings.ts';

interface Account {
  /** Account id; left out: the main account. */
  readonly account?: string;
}

export interface AcuityPerson {
  readonly firstName: string;
  readonly lastName: string;
  readonly email?: string;
  readonly phone?: string;
  readonly notes?: string;
}

/** A client as Acuity itself knows it; `key` is never shown by its API. */
export interface AcuityClientTruth extends Required<AcuityPerson> {
  readonly key: number;
}

/** An appointment as Acuity itself knows it. */
export interface AcuityAppointmentTruth {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string;
  readonly datetime: string;
  readonly datetimeCreated: string;
  readonly duration: string;
  readonly appointmentTypeID: number;
  readonly type: string;
  readonly calendarID: number;
  readonly calendar: string;
  readonly calendarTimezone: string;
  readonly canceled: boolean;
  readonly noShow: boolean;
  readonly notes: string;
  readonly price: string;
}

export interface AcuityTypeTruth {
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  readonly duration: number;
  readonly price: string;
  readonly private: boolean;
  readonly type: string;
  readonly paddingAfter: number;
  readonly calendarIDs: readonly number[];
}

export interface AcuityCalendarTruth {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly timezone: string;
}

/** What the business does in its Acuity account, and the account's switches. */
export class AcuityControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: AcuityPatch): Promise<unknown> {
    return this.#client.changeSettings('acuity', patch);
  }

  createClient(client: AcuityPerson, more: Account = {}): Promise<{ key: number }> {
    return this.#edit('createClient', { client, ...more });
  }

  changeClient(key: number, change: Partial<AcuityPerson>, more: Account = {}): Promise<unknown> {
    return this.#edit('changeClient', { key, change, ...more });
  }

  removeClient(key: number, more: Account = {}): Promise<unknown> {
    return this.#edit('removeClient', { key, ...more });
  }

  /** As the business books: no rule holds it back. */
  book(
    wish: {
      readonly client: AcuityPerson;
      readonly typeId: string;
      readonly calendarId: string;
      readonly start: string;
    },
    more: Account = {},
  ): Promise<{ id: string }> {
    return this.#edit('book', { ...wish, ...more });
  }

  move(id: string, to: { readonly start: string; readonly calendarId?: string }, more: Account = {}): Promise<unknown> {
    return this.#edit('move', { id, ...to, ...more });
  }

  cancel(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('cancel', { id, ...more });
  }

  noShow(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('noShow', { id, ...more });
  }

  /** For good: it is in no list any more. */
  remove(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('remove', { id, ...more });
  }

  changeType(
    id: string,
    change: { readonly name?: string; readonly price?: string; readonly active?: boolean },
    more: Account = {},
  ): Promise<unknown> {
    return this.#edit('changeType', { id, ...change, ...more });
  }

  removeType(id: string, more: Account = {}): Promise<unknown> {
    return this.#edit('removeType', { id, ...more });
  }

  renameCalendar(id: string, name: string, more: Account = {}): Promise<unknown> {
    return this.#edit('renameCalendar', { id, name, ...more });
  }

  block(
    stretch: { readonly calendarId: string; readonly start: string; readonly end: string },
    more: Account = {},
  ): Promise<unknown> {
    return this.#edit('block', { ...stretch, ...more });
  }

  clients(more: Account = {}): AsyncGenerator<AcuityClientTruth> {
    return this.#client.truth('acuity', 'clients', more.account);
  }

  appointments(more: Account = {}): AsyncGenerator<AcuityAppointmentTruth> {
    return this.#client.truth('acuity', 'appointments', more.account);
  }

  services(more: Account = {}): AsyncGenerator<AcuityTypeTruth> {
    return this.#client.truth('acuity', 'services', more.account);
  }

  staff(more: Account = {}): AsyncGenerator<AcuityCalendarTruth> {
    return this.#client.truth('acuity', 'staff', more.account);
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>('acuity', name, input);
  }
}
