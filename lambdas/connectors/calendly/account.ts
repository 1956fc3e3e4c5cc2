/** Who is connected, and whose records that lets us see. */
import type { ConnectorSession } from '../connector.ts';
import { getCurrentUser, listMemberships, type Whose } from './client.ts';
import { membershipSchema } from './schemas.ts';

/** Roles that may list what belongs to the whole organization ("List Events"). */
const ADMINISTRATORS: readonly string[] = ['owner', 'admin'];

/**
 * The organization's records for its owner and admins, the user's own for anybody else: asking for the organization's
 * as a plain member is refused. Roles change, so this is asked anew for each pull. A user's own list also has the events
 * of organizations that they have left ("List Events"): theirs all the same.
 */
export async function whoseRecords(session: ConnectorSession): Promise<Whose> {
  const { user, organization } = await ownerOf(session);
  if (organization === null) return { user };
  const administers = (await listMemberships(session.http, user)).some((row) => {
    const membership = membershipSchema.safeParse(row).data;
    return membership?.organization === organization && ADMINISTRATORS.includes(membership.role);
  });
  return administers ? { organization } : { user };
}

/** The connected user, from the token answer where the account has it. */
export async function ownerOf({ account, http }: ConnectorSession) {
  const { owner, organization } = account?.attributes ?? {};
  if (owner !== undefined && organization !== undefined) return { user: owner, organization };
  const { uri, current_organization } = await getCurrentUser(http);
  return { user: uri, organization: current_organization ?? null };
}
