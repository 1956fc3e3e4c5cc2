import * as z from 'zod';
import { EditError } from '../mechanics/provider.ts';
import type { Account } from './mailbox.ts';
import { LIFECYCLE_EVENTS, type Subscriptions } from './subscriptions.ts';

const accountSchema = z.strictObject({ account: z.string().optional() });
const lifecycleSchema = accountSchema.extend({ event: z.enum(LIFECYCLE_EVENTS) });

/** What Microsoft's service does with subscriptions by itself. */
export function subscriptionEdits(
  accounts: readonly Account[],
  subscriptions: Subscriptions,
): Readonly<Record<string, (input: unknown) => unknown>> {
  const accountOf = (wanted: string | undefined): Account => {
    const found = wanted === undefined ? accounts[0] : accounts.find(({ oid }) => oid === wanted);
    if (!found) throw new EditError(`no such account: ${wanted}`);
    return found;
  };
  return {
    /** Says it to every subscription of the account. Nothing else happens. */
    lifecycle(input) {
      const { account, event } = lifecycleSchema.parse(input);
      const told = subscriptions.of(accountOf(account));
      for (const subscription of told) subscriptions.tellLifecycle(subscription, event);
      return { told: told.length };
    },
    /** The service drops what is subscribed to, and says so. */
    removeSubscriptions(input) {
      const removed = subscriptions.of(accountOf(accountSchema.parse(input).account));
      for (const subscription of removed) {
        subscriptions.remove(subscription);
        subscriptions.tellLifecycle(subscription, 'subscriptionRemoved');
      }
      return { removed: removed.length };
    },
  };
}
