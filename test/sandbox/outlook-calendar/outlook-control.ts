import type { SandboxClient } from '../sandbox-client.ts';
import type { Calendar, EventFields } from './mailbox.ts';
import type { OutlookPatch } from './settings.ts';
import type { LifecycleEvent } from './subscriptions.ts';
import type { EventTruth, SubscriptionTruth } from './truth.ts';

const TYPE = 'outlook_calendar';

export type EditableFields = Partial<
  Pick<EventFields, 'subject' | 'body' | 'location' | 'showAs' | 'sensitivity' | 'isCancelled' | 'isAllDay' | 'zone'>
>;

interface Times {
  /** ISO 8601 with offset. */
  readonly start: string;
  readonly end: string;
}

/** What people do in Outlook, and the switches of the sandbox. Everything concerns the main account. */
export class OutlookControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: OutlookPatch): Promise<unknown> {
    return this.#client.changeSettings(TYPE, patch);
  }

  create(event: Times & { readonly calendarId: string; readonly fields?: EditableFields }): Promise<{ id: string }> {
    return this.#edit('create', event);
  }

  /** Of an event, of one occurrence, or of a series by its master's id. */
  edit(
    id: string,
    change: Partial<Times> & { readonly calendarId?: string; readonly fields?: EditableFields },
  ): Promise<unknown> {
    return this.#edit('change', { id, ...change });
  }

  touch(ids: readonly string[], fields: EditableFields): Promise<{ touched: number }> {
    return this.#edit('touch', { ids, fields });
  }

  /** `silently`: the delta will not tell. */
  delete(id: string, silently = false): Promise<unknown> {
    return this.#edit('delete', { id, silently });
  }

  deleteSeries(id: string): Promise<unknown> {
    return this.#edit('deleteSeries', { id });
  }

  addCalendar(name: string, canEdit = true): Promise<{ id: string }> {
    return this.#edit('addCalendar', { name, canEdit });
  }

  renameCalendar(id: string, name: string): Promise<unknown> {
    return this.#edit('renameCalendar', { id, name });
  }

  deleteCalendar(id: string): Promise<unknown> {
    return this.#edit('deleteCalendar', { id });
  }

  dropSyncState(): Promise<unknown> {
    return this.#edit('dropSyncState', {});
  }

  /** How many mails Exchange has sent to attendees. */
  async invitationsSent(): Promise<number> {
    return (await this.#edit<{ sent: number }>('invitations', {})).sent;
  }

  /** Says it to every subscription, without cause. */
  sendLifecycle(event: LifecycleEvent): Promise<{ told: number }> {
    return this.#edit('lifecycle', { event });
  }

  /** Each is told `subscriptionRemoved`. */
  removeSubscriptions(): Promise<{ removed: number }> {
    return this.#edit('removeSubscriptions', {});
  }

  /** Those that have not expired. */
  async subscriptions(): Promise<SubscriptionTruth[]> {
    const subscriptions: SubscriptionTruth[] = [];
    for await (const one of this.#client.truth<SubscriptionTruth>(TYPE, 'subscriptions')) subscriptions.push(one);
    return subscriptions;
  }

  /** Every live event of every calendar, series expanded. */
  async events(): Promise<EventTruth[]> {
    const events: EventTruth[] = [];
    for await (const event of this.#client.truth<EventTruth>(TYPE, 'appointments')) events.push(event);
    return events;
  }

  calendars(): AsyncGenerator<Calendar> {
    return this.#client.truth<Calendar>(TYPE, 'staff');
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>(TYPE, name, input);
  }
}
