import { randomUUID } from 'node:crypto';
import type { Account, ChangeType, Item } from './mailbox.ts';
import { NotificationDelivery } from './notification-delivery.ts';
import { etagOf, graphInstant, type Preferences, shownId } from './render.ts';

export const LIFECYCLE_EVENTS = ['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

/** A subscription as it was asked for, on all events of the mailbox of whoever asked. */
export interface Subscription {
  readonly id: string;
  readonly account: Account;
  readonly resource: string;
  readonly changeTypes: readonly ChangeType[];
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string | null;
  readonly clientState: string | null;
  readonly latestSupportedTlsVersion: string;
  /** Whether notifications name events by ids that stay: what was preferred when it was made. */
  readonly preferences: Preferences;
  /** Epoch ms. */
  expiresAt: number;
}

/** Who wants to be told of changes. One that has expired is not there any more. */
export class Subscriptions {
  readonly #all = new Map<string, Subscription>();
  readonly #delivery = new NotificationDelivery();
  readonly #now: () => number;

  constructor(accounts: readonly Account[], now: () => number) {
    this.#now = now;
    for (const account of accounts) {
      if (account.mailbox) account.mailbox.onChange = (item, change) => this.#tell(account, item, change);
    }
  }

  add(wanted: Omit<Subscription, 'id'>): Subscription {
    const subscription = { ...wanted, id: randomUUID() };
    this.#all.set(subscription.id, subscription);
    return subscription;
  }

  of(account: Account): Subscription[] {
    const now = this.#now();
    return [...this.#all.values()].filter((one) => one.account === account && one.expiresAt > now);
  }

  find(account: Account, id: string): Subscription | null {
    return this.of(account).find((subscription) => subscription.id === id) ?? null;
  }

  remove({ id }: Subscription): void {
    this.#all.delete(id);
  }

  /** Whoever gave no address for it is not told. */
  tellLifecycle(subscription: Subscription, lifecycleEvent: LifecycleEvent): void {
    const { lifecycleNotificationUrl: url } = subscription;
    if (url !== null) this.#delivery.send(url, { ...speakerOf(subscription), lifecycleEvent });
  }

  #tell(account: Account, item: Item, changeType: ChangeType): void {
    for (const subscription of this.of(account)) {
      if (!subscription.changeTypes.includes(changeType)) continue;
      const id = shownId(item, subscription.preferences);
      const resource = `Users/${account.oid}/Events/${id}`;
      this.#delivery.send(subscription.notificationUrl, {
        ...speakerOf(subscription),
        changeType,
        resource,
        resourceData: {
          '@odata.type': '#Microsoft.Graph.Event',
          '@odata.id': resource,
          '@odata.etag': etagOf(item),
          id,
        },
      });
    }
  }
}

function speakerOf({ id, expiresAt, clientState, account }: Subscription) {
  return {
    subscriptionId: id,
    subscriptionExpirationDateTime: graphInstant(expiresAt),
    clientState,
    tenantId: account.tid,
  };
}
