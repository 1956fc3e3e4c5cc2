/** What a deal needs besides its own record: its contacts, and the names of its pipeline and stage. */
import { createHash } from 'node:crypto';
import type { Deal } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession } from '../connector.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import { listDealPipelines, readContactLinks } from './client.ts';
import { toDealRecord } from './map.ts';
import type { HubSpotObject, HubSpotPipeline } from './schemas.ts';

/** Pipelines change rarely: one call serves a session. */
const pipelinesBySession = new WeakMap<ConnectorSession, Promise<HubSpotPipeline[]>>();

function pipelinesOf(session: ConnectorSession): Promise<HubSpotPipeline[]> {
  const known = pipelinesBySession.get(session);
  if (known) return known;
  const asked = listDealPipelines(session.http);
  pipelinesBySession.set(session, asked);
  // A failed call is not remembered; the caller sees the failure through `asked` itself.
  asked.catch(() => pipelinesBySession.delete(session));
  return asked;
}

/** Changes when a label or the meaning of a stage does: every mirrored deal is then out of date. */
export async function hashOfPipelines(session: ConnectorSession): Promise<string> {
  const facts = (await pipelinesOf(session)).flatMap((pipeline) => [
    JSON.stringify([pipeline.id, pipeline.label]),
    ...pipeline.stages.map(({ id, label, metadata }) =>
      JSON.stringify([pipeline.id, id, label, metadata?.isClosed, metadata?.probability]),
    ),
  ]);
  return createHash('sha256').update(facts.sort().join('\n')).digest('base64url');
}

/** Reads deals; `linksIncluded` tells whether the answer was asked to carry links (a list) or cannot (a search). */
export async function readDeals(
  session: ConnectorSession,
  deals: readonly HubSpotObject[],
  linksIncluded: boolean,
): Promise<{ read: SourceRecord<Deal>[]; rejected: Rejected[] }> {
  const incomplete = deals.filter((deal) => !linksIncluded || deal.associations?.contacts?.paging?.next);
  const [pipelines, links] = await Promise.all([
    pipelinesOf(session),
    readContactLinks(
      session.http,
      incomplete.map((deal) => deal.id),
    ),
  ]);
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
