/** HubSpot's records in the hub's terms. Pure; nothing is invented. */
import type { Contact } from '../../core/model/contact.ts';
import type { Deal } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import { contactRecord, dealRecord, kept } from '../kit/records.ts';
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

export function toContactRecord(
  { id, properties }: HubSpotObject,
  defaultCountry: string | undefined,
): SourceRecord<Contact> {
  const { firstname, lastname, phone, mobilephone, createdate, lastmodifieddate } = properties;
  const known = {
    id,
    firstName: text(firstname),
    lastName: text(lastname),
    company: text(properties.company),
    emails: emailsOf([properties.email, ...(properties.hs_additional_emails ?? '').split(';')]),
    phones: phonesOf([{ raw: phone }, { raw: mobilephone, mobile: true }], defaultCountry),
    lifecycleStage: text(properties.lifecyclestage),
    ownerId: text(properties.hubspot_owner_id),
    createdAt: instant(createdate),
    updatedAt: instant(lastmodifieddate),
  };
  return contactRecord('contacts', known, requested(properties, CONTACT_PROPERTIES));
}

export function toDealRecord(
  { id, properties }: HubSpotObject,
  linked: readonly string[],
  pipelines: readonly HubSpotPipeline[],
): SourceRecord<Deal> {
  const { dealname, deal_currency_code, closedate, hubspot_owner_id, createdate, hs_lastmodifieddate } = properties;
  const [amount, pipelineId, stageId] = [properties.amount, properties.pipeline, properties.dealstage].map(text);
  const pipeline = pipelines.find((candidate) => candidate.id === pipelineId);
  const stage = pipeline?.stages.find((candidate) => candidate.id === stageId);
  const contactIds = [...new Set(linked)].sort();
  const known = {
    id,
    name: text(dealname),
    contactIds,
    ownerId: text(hubspot_owner_id),
    value: amount ? { amount, currency: text(deal_currency_code) } : null,
    pipeline: pipelineId ? { id: pipelineId, label: text(pipeline?.label) } : null,
    stage: stageId ? { id: stageId, label: text(stage?.label) } : null,
    status: statusOf(properties, stage?.metadata),
    closesAt: instant(closedate),
    createdAt: instant(createdate),
    updatedAt: instant(hs_lastmodifieddate),
  };
  return dealRecord('deals', known, { ...requested(properties, DEAL_PROPERTIES), contactIds });
}

/** Ids of the records that were merged into this one; the portal may list the survivor's own among them. */
export function mergedIds({ id, properties }: HubSpotObject): string[] {
  const ids = (properties.hs_merged_object_ids ?? '').split(';').map((merged) => merged.trim());
  return ids.filter((merged) => merged !== '' && merged !== id);
}

/** By the deal's own flags; where HubSpot left them empty, by its stage. */
function statusOf(properties: HubSpotProperties, stage: Record<string, unknown> | null | undefined): Deal['status'] {
  if (properties.hs_is_closed_won === 'true') return 'won';
  if (properties.hs_is_closed === 'true') return 'lost';
  if (properties.hs_is_closed === 'false' || String(stage?.isClosed) !== 'true') return 'open';
  return Number(stage?.probability) === 1 ? 'won' : 'lost';
}

function requested(properties: HubSpotProperties, names: readonly string[]) {
  return kept(Object.fromEntries(names.map((name) => [name, properties[name]])));
}
