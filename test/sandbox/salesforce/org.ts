import type { SandboxClock } from '../mechanics/clock.ts';
import { fieldsOf, type OrgFeatures } from './objects.ts';
import { recordId } from './record-ids.ts';
import type { SalesforceSettings } from './settings.ts';
import { type Row, SalesforceStore, type Value } from './store.ts';

/** One Salesforce org. */
export interface Org extends OrgFeatures {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Its My Domain. */
  readonly origin: string;
  readonly store: SalesforceStore;
}

/** The salon's production org, and its sandbox, which has person accounts and several currencies. */
export function newOrgs(clock: SandboxClock, settings: SalesforceSettings): [Org, Org] {
  const org = (number: number, features: OrgFeatures & { name: string; origin: string }): Org => ({
    id: recordId('Organization', number),
    userId: recordId('User', number + 7),
    store: new SalesforceStore(clock, settings),
    ...features,
  });
  return [
    org(4_812_773, {
      name: 'Marlow & Finch Salon',
      origin: 'https://marlow-finch.my.salesforce.com',
      personAccounts: false,
      multiCurrency: false,
    }),
    org(4_812_774, {
      name: 'Marlow & Finch (sandbox)',
      origin: 'https://marlow-finch--staging.sandbox.my.salesforce.com',
      personAccounts: true,
      multiCurrency: true,
    }),
  ];
}

/** The fields that the connected user may see; null when the object is hidden or does not exist. */
export function visibleFields(org: Org, type: string): string[] | null {
  const fields = fieldsOf(type, org);
  const { hiddenFields, hiddenObjects } = org.store.settings;
  if (fields === null || hiddenObjects.includes(type)) return null;
  return Object.keys(fields).filter((name) => !hiddenFields.includes(`${type}.${name}`));
}

/** A field's value, also of those that are worked out. Datetimes are epoch ms. */
export function fieldValue(org: Org, row: Row, name: string): Value {
  switch (name) {
    case 'Id':
      return row.id;
    case 'IsDeleted':
      return row.state !== 'live';
    case 'CreatedDate':
      return row.createdAt;
    case 'SystemModstamp':
    case 'LastModifiedDate':
      return row.stamp;
    case 'ContactId':
      return row.type === 'Opportunity' ? org.store.primaryContact(row.id) : (row.fields.ContactId ?? null);
    default:
      return row.fields[name] ?? (name.startsWith('Is') ? false : null);
  }
}
