/** Salesforce's records in the hub's terms. Pure; nothing is invented. */
import type { Contact } from '../../core/model/contact.ts';
import type { Deal } from '../../core/model/deal.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import { emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import { contactRecord, dealRecord } from '../kit/records.ts';
import type { SalesforceContact, SalesforceLead, SalesforceOpportunity } from './schemas.ts';

/** `AssistantPhone` is left out: it is somebody else's number. */
export function toContactRecord(row: SalesforceContact, defaultCountry: string | undefined): SourceRecord<Contact> {
  const phones = phonesOf(
    [{ raw: row.Phone }, { raw: row.MobilePhone, mobile: true }, { raw: row.HomePhone }, { raw: row.OtherPhone }],
    defaultCountry,
  );
  // The account of a person account is the person, not where they work.
  const company = row.IsPersonAccount === true ? null : text(row.Account?.Name);
  return contactRecord('contacts', { ...personOf(row), phones, company }, asked(row));
}

/** A lead stands in for the contact that it may become; it is looked up and not synced. */
export function toLeadRecord(row: SalesforceLead, defaultCountry: string | undefined): SourceRecord<Contact> {
  const phones = phonesOf([{ raw: row.Phone }, { raw: row.MobilePhone, mobile: true }], defaultCountry);
  const own = { phones, company: text(row.Company), lifecycleStage: text(row.Status) };
  return contactRecord('contacts', { ...personOf(row), ...own }, asked(row));
}

/** @param contactIds of the primary contact, where the opportunity itself does not name it. */
export function toDealRecord(row: SalesforceOpportunity, contactIds: readonly string[]): SourceRecord<Deal> {
  const { Amount, CurrencyIsoCode } = row;
  const stage = text(row.StageName);
  const known = {
    ...recordOf(row),
    name: text(row.Name),
    value: typeof Amount === 'number' ? { amount: decimalText(Amount), currency: text(CurrencyIsoCode) } : null,
    stage: stage === null ? null : { id: stage, label: stage },
    status: row.IsWon === true ? 'won' : row.IsClosed === true ? 'lost' : 'open',
    // A day, not an instant.
    closesAt: text(row.CloseDate),
    contactIds: [...new Set([...(row.ContactId ? [row.ContactId] : []), ...contactIds])].sort(),
  } as const;
  return dealRecord('opportunities', known, { ...asked(row), contactIds: known.contactIds });
}

function recordOf(row: SalesforceContact | SalesforceLead | SalesforceOpportunity) {
  const { Id: id, OwnerId, CreatedDate, SystemModstamp } = row;
  return { id, ownerId: text(OwnerId), createdAt: instant(CreatedDate), updatedAt: instant(SystemModstamp) };
}

function personOf(row: SalesforceContact | SalesforceLead) {
  const { FirstName, LastName, Email } = row;
  return { ...recordOf(row), firstName: text(FirstName), lastName: text(LastName), emails: emailsOf([Email]) };
}

/** Amounts come as JSON numbers, of at most 16 digits and two decimals: this is what was written. */
function decimalText(amount: number): string {
  const written = String(amount);
  return written.includes('e') ? amount.toFixed(2) : written;
}

/** The fields that were asked for, without Salesforce's own notes on each record. */
function asked(row: object): Readonly<Record<string, Json>> {
  return JSON.parse(JSON.stringify(row, (name, value) => (name === 'attributes' ? undefined : value)));
}
