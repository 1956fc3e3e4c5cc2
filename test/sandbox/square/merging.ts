import type { Customer, Seller } from './seller.ts';

/**
 * A merge makes a new profile, and the old ones vanish; their ids lead to the new one. Their bookings keep the old ids.
 */
export function mergeCustomers(seller: Seller, merged: readonly Customer[]): Customer {
  const members: Customer['members'] = {};
  for (const customer of merged.toReversed()) Object.assign(members, customer.members);
  const context = (into: string) => ({
    event_context: { merge: { from_customer_ids: merged.map(({ id }) => id), to_customer_id: into } },
  });
  const survivor = seller.addCustomer(members, 'MERGE', seller.clock.now(), context);
  for (const customer of merged) seller.deleteCustomer(customer, survivor.id, context(survivor.id));
  return survivor;
}
