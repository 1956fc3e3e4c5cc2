/** HubSpot's records in the hub's terms. Pure; nothing is invented. */
import type { Contact } from '../../core/model/contact.ts';
import type { Deal } from '../../core/model/deal.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import { displayNameOf, emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import type { HubSpotObject, HubSpotPipeline, HubSpotProperties } from './schemas.ts';

/** What is asked for: HubSpot's default set has no phone numbers. */
export const CONTACT_PROPERTIES = [
  'email',
  'hs_additional_emails',
  'firstname',
  'lastname',
  'phone',
  'mobilephone',
  'hs_searchable_calculated_phone_number',
  'hs_searchable_calculated_mobile_number',
  'company',
  'lifecyclestage',
  'hubspot_owner_id',
  'createdate',
  'lastmodifieddate',
  'hs_merged_object_ids',
] as const;

export const DEAL_PROPERTIES = [
  'dealname',
  'amount',
  'deal_currency_code',
  'dealstage',
  'pipeline',
  'closedate',
  'hs_is_closed',
  'hs_is_closed_won',
  'hubspot_owner_id',
  'createdate',
  'hs_lastmodifieddate',
  'hs_merged_object_ids',
] as const;

export function toContactRecord(object: HubSpotObject, defaultCountry: string | undefined): SourceRecord<Contact> {
  const data = toContact(object, defaultCountry);
  const source = requested(object.properties, CONTACT_PROPERTIES);
  return { resource: 'contacts', id: object.id, data, source, updatedAt: data.updatedAt };
}

export function toDealRecord(
  object: HubSpotObject,
  contactIds: readonly string[],
  pipelines: readonly HubSpotPipeline[],
): SourceRecord<Deal> {
  const data = toDeal(object, [...new Set(contactIds)].sort(), pipelines);
  const source = { ...requested(object.properties, DEAL_PROPERTIES), contactIds: data.contactIds };
  return { resource: 'deals', id: object.id, data, source, updatedAt: data.updatedAt };
}

/** Ids of the records that were merged into this one; the portal may list the survivor's own among them. */
export function mergedIds(object: HubSpotObject): string[] {
  const ids = (object.properties.hs_merged_object_ids ?? '').split(';').map((id) => id.trim());
  return ids.filter((id) => id !== '' && id !== object.id);
}

function toContact({ id, properties }: HubSpotObject, defaultCountry: string | undefined): Contact {
  const firstName = text(properties.firstname);
  const lastName = text(properties.lastname);
  const company = text(properties.company);
  return {
    id,
    displayName: displayNameOf(firstName, lastName, company),
    firstName,
    lastName,
    emails: emailsOf([properties.email, ...(properties.hs_additional_emails ?? '').split(';')]),
    phones: phonesOf([{ raw: properties.phone }, { raw: properties.mobilephone, mobile: true }], defaultCountry),
    company,
    lifecycleStage: text(properties.lifecyclestage),
    ownerId: text(properties.hubspot_owner_id),
    createdAt: instant(properties.createdate),
    updatedAt: instant(properties.lastmodifieddate),
  };
}

function toDeal({ id, properties }: HubSpotObject, contactIds: string[], pipelines: readonly HubSpotPipeline[]): Deal {
  const amount = text(properties.amount);
  const pipelineId = text(properties.pipeline);
  const stageId = text(properties.dealstage);
  const pipeline = pipelines.find((candidate) => candidate.id === pipelineId);
  const stage = pipeline?.stages.find((candidate) => candidate.id === stageId);
  return {
    id,
    name: text(properties.dealname),
    value: amount === null ? null : { amount, currency: text(properties.deal_currency_code) },
    pipeline: pipelineId === null ? null : { id: pipelineId, label: text(pipeline?.label) },
    stage: stageId === null ? null : { id: stageId, label: text(stage?.label) },
    status: statusOf(properties, stage?.metadata),
    closesAt: instant(properties.closedate),
    contactIds,
    ownerId: text(properties.hubspot_owner_id),
    createdAt: instant(properties.createdate),
    updatedAt: instant(properties.hs_lastmodifieddate),
  };
}

/** By the deal's own flags; where HubSpot left them empty, by its stage. */
function statusOf(properties: HubSpotProperties, stage: Record<string, unknown> | null | undefined): Deal['status'] {
  if (properties.hs_is_closed_won === 'true') return 'won';
  if (properties.hs_is_closed === 'true') return 'lost';
  if (properties.hs_is_closed === 'false' || String(stage?.isClosed) !== 'true') return 'open';
  return Number(stage?.probability) === 1 ? 'won' : 'lost';
}

function requested(properties: HubSpotProperties, names: readonly string[]): { [name: string]: Json } {
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? null]));
}
