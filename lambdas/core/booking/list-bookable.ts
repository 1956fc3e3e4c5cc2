import { notFound } from '../errors.ts';
import type { Integration, IntegrationType } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import type { StaffMember } from '../model/staff-member.ts';
import { allStaff, bookableServices, bookableStaff } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';

type Ports = Pick<BookingPorts, 'integrations' | 'mirror' | 'sessions'>;

export interface BookableRequest {
  readonly workspaceId: string;
  /** Null: of all integrations that can be booked. */
  readonly integrationId: string | null;
}

interface OfIntegration {
  readonly integrationId: string;
  readonly type: IntegrationType;
}

/** What customers can book, over the workspace's integrations. */
export async function listServices(ports: Ports, request: BookableRequest): Promise<(Service & OfIntegration)[]> {
  return listOf(ports, request, (integration) => bookableServices(ports, integration));
}

/**
 * With whom, or where, customers can be booked, over the workspace's integrations; or everybody whom the provider knows,
 * by the provider's names.
 */
export async function listStaff(
  ports: Ports,
  request: BookableRequest & { readonly bookableOnly: boolean },
): Promise<(StaffMember & OfIntegration)[]> {
  const read = request.bookableOnly ? bookableStaff : allStaff;
  return listOf(ports, request, (integration) => read(ports, integration));
}

async function listOf<T extends Service | StaffMember>(
  ports: Ports,
  { workspaceId, integrationId }: BookableRequest,
  read: (integration: Integration) => Promise<SourceRecord<T>[]>,
): Promise<(T & OfIntegration)[]> {
  const integrations = (await ports.integrations.list(workspaceId)).filter(
    (integration) =>
      (integration.status === 'connected' || integration.status === 'reauth_required') &&
      ports.sessions.manifest(integration.type).booking !== undefined &&
      (integrationId === null || integration.integrationId === integrationId),
  );
  if (integrationId !== null && integrations.length === 0) throw notFound('The integration', 'integrationId');
  const lists = await Promise.all(
    integrations.map(async (integration) => {
      const { integrationId: id, type } = integration;
      return (await read(integration)).map(({ data }) => ({ ...data, integrationId: id, type }));
    }),
  );
  return lists.flat();
}
