import type { SandboxClient } from '../sandbox-client.ts';
import type { AppointmentRow, ClientChange, ClientRow } from './business.ts';
import type { FreshaSettings } from './fresha.ts';

/** What the business does in Fresha, and the switches of the stand-in. */
export class FreshaControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: Partial<FreshaSettings>): Promise<unknown> {
    return this.#client.changeSettings('fresha', patch);
  }

  createClient(person: ClientChange): Promise<ClientRow> {
    return this.#client.edit('fresha', 'createClient', person);
  }

  changeClient(id: string, change: ClientChange): Promise<unknown> {
    return this.#client.edit('fresha', 'changeClient', { id, change });
  }

  removeClient(id: string): Promise<unknown> {
    return this.#client.edit('fresha', 'removeClient', { id });
  }

  book(wish: { readonly client: string; readonly staff: string; readonly start: string }): Promise<AppointmentRow> {
    return this.#client.edit('fresha', 'book', wish);
  }

  move(id: string, start: string): Promise<unknown> {
    return this.#client.edit('fresha', 'move', { id, start });
  }

  cancel(id: string): Promise<unknown> {
    return this.#client.edit('fresha', 'cancel', { id });
  }

  remove(id: string): Promise<unknown> {
    return this.#client.edit('fresha', 'remove', { id });
  }

  clients(): AsyncGenerator<ClientRow> {
    return this.#client.truth('fresha', 'clients');
  }

  appointments(): AsyncGenerator<AppointmentRow> {
    return this.#client.truth('fresha', 'appointments');
  }
}
