/** HubSpot's truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { isValidPhoneNumber } from 'libphonenumber-js/max';
import * as z from 'zod';
import { CONTACT_PROPERTIES, DEAL_PROPERTIES } from '../../../lambdas/connectors/hubspot/map.ts';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import { dealSchema } from '../../../lambdas/core/model/deal.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { HubSpotTruth } from '../../sandbox/hubspot/hubspot-control.ts';
import type { DealPipeline } from '../../sandbox/hubspot/pipelines.ts';

type Fields = Readonly<Record<string, Json>>;

const sourceSchema = z.record(z.string(), z.json());

/** The account's own E.164 form of a contact's numbers; it works them out itself. */
const INTERNATIONAL_NUMBERS = [
  'hs_searchable_calculated_international_phone_number',
  'hs_searchable_calculated_international_mobile_number',
] as const;

export function trueContactFields({ properties }: HubSpotTruth): Fields {
  const emails = [properties.email ?? '', ...(properties.hs_additional_emails ?? '').split(';')];
  return {
    ...sourceFields(CONTACT_PROPERTIES, properties),
    'contact.emails': unique(emails),
    'contact.phones': internationalNumbers(properties).toSorted(),
    'contact.firstName': properties.firstname ?? null,
    'contact.lastName': properties.lastname ?? null,
    'contact.company': properties.company ?? null,
    'record.updatedAt': properties.lastmodifieddate ?? null,
  };
}

export function mirroredContactFields(record: MirrorRecord): Fields {
  const { emails, phones, firstName, lastName, company } = contactSchema.parse(record.data);
  return {
    ...sourceFields(CONTACT_PROPERTIES, sourceSchema.parse(record.source)),
    'contact.emails': emails,
    'contact.phones': phones.flatMap(({ e164 }) => e164 ?? []).toSorted(),
    'contact.firstName': firstName,
    'contact.lastName': lastName,
    'contact.company': company,
    'record.updatedAt': record.updatedAt,
  };
}

export function trueDealFields({ properties, contactIds }: HubSpotTruth, pipelines: readonly DealPipeline[]): Fields {
  const pipeline = pipelines.find(({ id }) => id === properties.pipeline);
  const stage = pipeline?.stages.find(({ id }) => id === properties.dealstage);
  const closed = stage?.probability === '1.0' ? 'won' : 'lost';
  return {
    ...sourceFields(DEAL_PROPERTIES, properties),
    'deal.contactIds': [...(contactIds ?? [])].toSorted(),
    'deal.pipeline': pipeline?.label ?? null,
    'deal.stage': stage?.label ?? null,
    'deal.status': stage?.isClosed ? closed : 'open',
    'deal.amount': properties.amount ?? null,
    'record.updatedAt': properties.hs_lastmodifieddate ?? null,
  };
}

export function mirroredDealFields(record: MirrorRecord): Fields {
  const { contactIds, pipeline, stage, status, value } = dealSchema.parse(record.data);
  return {
    ...sourceFields(DEAL_PROPERTIES, sourceSchema.parse(record.source)),
    'deal.contactIds': contactIds,
    'deal.pipeline': pipeline?.label ?? null,
    'deal.stage': stage?.label ?? null,
    'deal.status': status,
    'deal.amount': value?.amount ?? null,
    'record.updatedAt': record.updatedAt,
  };
}

/** Those that a telephone can have: HubSpot also completes digits that no numbering plan knows, the hub does not. */
export function internationalNumbers(properties: HubSpotTruth['properties']): string[] {
  const numbers = INTERNATIONAL_NUMBERS.map((name) => properties[name] ?? '');
  return unique(numbers.filter((number) => isValidPhoneNumber(number)));
}

/** Every property that the hub asks for. */
function sourceFields(names: readonly string[], properties: Readonly<Record<string, Json>>): Fields {
  return Object.fromEntries(names.map((name) => [`source.${name}`, properties[name] ?? null]));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ''))];
}
