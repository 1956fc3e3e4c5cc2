/** What a deal needs besides its own record: its contacts, and the names of its pipeline and stage. */
import type { Deal } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession } from '../connector.ts';
import { digestOf } from '../kit/digests.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import { oncePerSession } from '../kit/remembered.ts';
import { listDealPipelines, readContactLinks } from './client.ts';
import { toDealRecord } from './map.ts';
import type { HubSpotObject } from './schemas.ts';

const pipelinesOf = oncePerSession(({ http }: ConnectorSession) => listDealPipelines(http));

/** Changes when a label or the meaning of a stage does: every mirrored deal is then out of date. */
export async function digestOfPipelines(session: ConnectorSession): Promise<string> {
  const facts = (await pipelinesOf(session)).flatMap((pipeline) => [
    [pipeline.id, pipeline.label],
    ...pipeline.stages.map(({ id, label, metadata }) => [
      pipeline.id,
      id,
      label,
      metadata?.isClosed,
      metadata?.probability,
    ]),
  ]);
  return digestOf(facts.map((fact) => JSON.stringify(fact)));
}

/** Reads deals; `linksIncluded` tells whether the answer was asked to carry links (a list) or cannot (a search). */
export async function readDeals(
  session: ConnectorSession,
  deals: readonly HubSpotObject[],
  linksIncluded: boolean,
): Promise<{ read: SourceRecord<Deal>[]; rejected: Rejected[] }> {
  const incomplete = deals.filter((deal) => !linksIncluded || deal.associations?.contacts?.paging?.next);
  const ids = incomplete.map(({ id }) => id);
  const [pipelines, links] = await Promise.all([pipelinesOf(session), readContactLinks(session.http, ids)]);
  return readEach(deals, (deal) => {
    if (links.failed.has(deal.id)) throw new LinksUnknownError();
    const included = (deal.associations?.contacts?.results ?? []).map((contact) => contact.id);
    return toDealRecord(deal, [...included, ...(links.contactIds.get(deal.id) ?? [])], pipelines);
  });
}

/** HubSpot would not say to whom the deal belongs; a deal without its contacts must not replace a good one. */
class LinksUnknownError extends Error {
  override readonly name = 'LinksUnknownError';
}
