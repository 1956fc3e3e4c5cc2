/** Picks, out of an account, the people that the demo changes and looks up. */
import type { HubSpotTruth } from '../../sandbox/hubspot/hubspot-control.ts';
import { DemoError } from '../demo-error.ts';
import type { DemoPeople } from '../demo-scenario.ts';
import { internationalNumbers } from './hubspot-fields.ts';

/** The seed's first contacts are the hard cases; they stay as they are, so that each sync meets them. */
const SPECIAL_CONTACTS = 12;

/** A prefix of British mobile numbers that no seeded contact has. */
const UNUSED_PREFIX = '+447500900';

export function unusedPhone(position: number): string {
  return `${UNUSED_PREFIX}${String(position).padStart(3, '0')}`;
}

/** Ordinary contacts that may be changed, those who have deals first: their changes reach the deals, too. */
export function changeableContacts(contacts: readonly HubSpotTruth[], deals: readonly HubSpotTruth[]): HubSpotTruth[] {
  const linked = new Set(deals.flatMap(({ contactIds }) => contactIds ?? []));
  const ordinary = contacts
    .slice(SPECIAL_CONTACTS)
    .filter(({ properties }) => properties.email && !properties.hs_additional_emails && properties.phone);
  return ordinary.toSorted((a, b) => Number(linked.has(b.id)) - Number(linked.has(a.id)));
}

export function choosePeople(contacts: readonly HubSpotTruth[]): DemoPeople {
  const byPhone = Map.groupBy(
    contacts.flatMap(({ id, properties }) => internationalNumbers(properties).map((phone) => ({ id, phone }))),
    ({ phone }) => phone,
  );
  const caller = contacts.findLast(({ properties }) => {
    const [phone = '', ...others] = internationalNumbers(properties);
    const seeded = /^\+447\d{9}$/.test(phone) && !phone.startsWith(UNUSED_PREFIX);
    return seeded && others.length === 0 && byPhone.get(phone)?.length === 1 && properties.email;
  });
  const second = contacts.find(({ properties }) => properties.hs_additional_emails);
  const shared = [...byPhone].find(([, people]) => people.length > 1);
  if (!caller || !second || !shared) throw new DemoError('the account has nobody who fits the look-ups');
  const [phone = ''] = internationalNumbers(caller.properties);
  return {
    caller: { id: caller.id, phones: waysToWrite(phone), email: caller.properties.email ?? '' },
    secondAddress: { id: second.id, email: second.properties.hs_additional_emails?.split(';')[0] ?? '' },
    shared: { phone: shared[0], ids: shared[1].map(({ id }) => id) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}

/** A British mobile number as callers, web forms and telephone systems write it. */
export function waysToWrite(e164: string): string[] {
  const national = e164.slice('+44'.length);
  const [prefix, first, last] = [national.slice(0, 4), national.slice(4, 7), national.slice(7)];
  return [
    e164,
    `0044${national}`,
    `0${prefix} ${first} ${last}`,
    `(0${prefix}) ${first}-${last}`,
    `+44 (0)${prefix} ${first}${last}`,
    `0${prefix}-${first}${last}`,
  ];
}
