import type { SandboxClient } from '../sandbox-client.ts';
import type { renderContact, renderEvent, renderEventType, renderInvitee, User } from './records.ts';
import type { CalendlyPatch } from './settings.ts';

export type ContactTruth = ReturnType<typeof renderContact> & { readonly e164: readonly string[] };
export type EventTypeTruth = ReturnType<typeof renderEventType>;
export type EventTruth = ReturnType<typeof renderEvent> & { readonly invitees: ReturnType<typeof renderInvitee>[] };

interface ContactParts {
  readonly name?: string;
  readonly emails?: readonly string[];
  readonly phones?: readonly string[];
  readonly company?: string;
}
interface Customer {
  readonly name: string;
  readonly email: string;
  readonly phone?: string;
}

/** What people do in the Calendly account, and the account's switches. */
export class CalendlyControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: CalendlyPatch): Promise<unknown> {
    return this.#client.changeSettings('calendly', patch);
  }

  createContact(contact: ContactParts): Promise<{ id: string }> {
    return this.#edit('createContact', contact);
  }

  patchContact(id: string, contact: ContactParts): Promise<unknown> {
    return this.#edit('patchContact', { id, ...contact });
  }

  /** A bulk edit: all get the same modified date. */
  touchContacts(count: number, company: string): Promise<{ touched: number }> {
    return this.#edit('touchContacts', { count, company });
  }

  deleteContact(id: string): Promise<unknown> {
    return this.#edit('deleteContact', { id });
  }

  createEventType(name: string, duration: number, host: string): Promise<{ id: string }> {
    return this.#edit('createEventType', { name, duration, host });
  }

  patchEventType(id: string, patch: { name?: string; duration?: number; active?: boolean }): Promise<unknown> {
    return this.#edit('patchEventType', { id, ...patch });
  }

  deleteEventType(id: string): Promise<unknown> {
    return this.#edit('deleteEventType', { id });
  }

  /** Somebody books on the event type's page: at `start`, or the first free time from `daysAhead` on. */
  book(
    eventType: string,
    customer: Customer,
    when: { readonly start?: string; readonly daysAhead?: number } = {},
  ): Promise<{ id: string; start: string }> {
    return this.#edit('book', { eventType, customer, ...when });
  }

  cancel(id: string, by: 'host' | 'invitee' = 'invitee'): Promise<unknown> {
    return this.#edit('cancel', { id, by });
  }

  /** By the customer's link; answers the new event. */
  reschedule(id: string): Promise<{ id: string }> {
    return this.#edit('reschedule', { id });
  }

  /** One of a group does not come. */
  leave(id: string, email: string): Promise<unknown> {
    return this.#edit('leave', { id, email });
  }

  markNoShow(id: string): Promise<unknown> {
    return this.#edit('markNoShow', { id });
  }

  /** Data compliance: the event is gone without a trace. */
  erase(id: string): Promise<unknown> {
    return this.#edit('erase', { id });
  }

  setRole(user: string, role: User['role']): Promise<unknown> {
    return this.#edit('setRole', { user, role });
  }

  contacts(account?: string): AsyncGenerator<ContactTruth> {
    return this.#client.truth('calendly', 'contacts', account);
  }

  eventTypes(account?: string): AsyncGenerator<EventTypeTruth> {
    return this.#client.truth('calendly', 'services', account);
  }

  events(account?: string): AsyncGenerator<EventTruth> {
    return this.#client.truth('calendly', 'appointments', account);
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>('calendly', name, input);
  }
}
