/** Salesforce's records in the hub's terms. Pure; nothing is invented. */
import * as z from 'zod';
import type { Contact } from '../../core/model/contact.ts';
import type { Deal } from '../../core/model/deal.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import { displayNameOf, emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import type { SalesforceContact, SalesforceLead, SalesforceOpportunity } from './schemas.ts';

const fieldSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const relatedSchema = z.record(z.string(), z.unknown());

/** `AssistantPhone` is left out: it is somebody else's number. */
export function toContactRecord(row: SalesforceContact, defaultCountry: string | undefined): SourceRecord<Contact> {
  // The account of a person account is the person, not where they work.
  const company = row.IsPersonAccount === true ? null : text(row.Account?.Name);
  const phones = [
    { raw: row.Phone },
    { raw: row.MobilePhone, mobile: true },
    { raw: row.HomePhone },
    { raw: row.OtherPhone },
  ];
  return toPerson(row, { company, lifecycleStage: null, phones }, defaultCountry);
}

/** A lead stands in for the contact that it may become; it is looked up and not synced. */
export function toLeadRecord(row: SalesforceLead, defaultCountry: string | undefined): SourceRecord<Contact> {
  const phones = [{ raw: row.Phone }, { raw: row.MobilePhone, mobile: true }];
  return toPerson(row, { company: text(row.Company), lifecycleStage: text(row.Status), phones }, defaultCountry);
}

/** @param contactIds of the primary contact, where the opportunity itself does not name it. */
export function toDealRecord(row: SalesforceOpportunity, contactIds: readonly string[]): SourceRecord<Deal> {
  const stage = text(row.StageName);
  const data: Deal = {
    id: row.Id,
    name: text(row.Name),
    value:
      typeof row.Amount === 'number' ? { amount: decimalText(row.Amount), currency: text(row.CurrencyIsoCode) } : null,
    pipeline: null,
    stage: stage === null ? null : { id: stage, label: stage },
    status: row.IsWon === true ? 'won' : row.IsClosed === true ? 'lost' : 'open',
    // A day, not an instant.
    closesAt: text(row.CloseDate),
    contactIds: [...new Set([...(row.ContactId ? [row.ContactId] : []), ...contactIds])].sort(),
    ownerId: text(row.OwnerId),
    createdAt: instant(row.CreatedDate),
    updatedAt: instant(row.SystemModstamp),
  };
  return {
    resource: 'opportunities',
    id: row.Id,
    data,
    source: { ...asked(row), contactIds: data.contactIds },
    updatedAt: data.updatedAt,
  };
}

function toPerson(
  row: SalesforceContact | SalesforceLead,
  own: Pick<Contact, 'company' | 'lifecycleStage'> & { readonly phones: Parameters<typeof phonesOf>[0] },
  defaultCountry: string | undefined,
): SourceRecord<Contact> {
  const firstName = text(row.FirstName);
  const lastName = text(row.LastName);
  const data: Contact = {
    id: row.Id,
    displayName: displayNameOf(firstName, lastName, own.company),
    firstName,
    lastName,
    emails: emailsOf([row.Email]),
    phones: phonesOf(own.phones, defaultCountry),
    company: own.company,
    lifecycleStage: own.lifecycleStage,
    ownerId: text(row.OwnerId),
    createdAt: instant(row.CreatedDate),
    updatedAt: instant(row.SystemModstamp),
  };
  return { resource: 'contacts', id: row.Id, data, source: asked(row), updatedAt: data.updatedAt };
}

/** Amounts come as JSON numbers, of at most 16 digits and two decimals: this is what was written. */
function decimalText(amount: number): string {
  const written = String(amount);
  return written.includes('e') ? amount.toFixed(2) : written;
}

/** The fields that were asked for, without Salesforce's own notes on each record. */
function asked(row: Readonly<Record<string, unknown>>): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]): [string, Json][] => {
      if (name === 'attributes') return [];
      const related = relatedSchema.safeParse(value);
      if (related.success) return [[name, asked(related.data)]];
      const field = fieldSchema.safeParse(value);
      return field.success ? [[name, field.data]] : [];
    }),
  );
}
