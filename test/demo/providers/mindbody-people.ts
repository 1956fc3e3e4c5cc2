/** Picks, out of a site, the clients that the demo changes and looks up. */
import type { AppointmentTruth, ClientTruth } from '../../sandbox/mindbody/mindbody-control.ts';
import { DemoError } from '../demo-error.ts';
import type { DemoPeople } from '../demo-scenario.ts';
import { trueNumbers } from './mindbody-fields.ts';

/** A prefix of British mobile numbers that no seeded client has. */
const UNUSED_PREFIX = '+447500900';

export function unusedPhone(position: number): string {
  return `${UNUSED_PREFIX}${String(position).padStart(3, '0')}`;
}

/**
 * Those without appointments: what changes of a client shows in their appointments too, but the old ones among them
 * are only listed again by a full sync.
 */
export function changeableClients(
  clients: readonly ClientTruth[],
  appointments: readonly AppointmentTruth[],
): ClientTruth[] {
  const booked = new Set(appointments.map(({ clientUniqueId }) => clientUniqueId));
  return clients.filter(
    ({ UniqueId, Email, FirstName, LastName }) => !booked.has(UniqueId) && Email && FirstName && LastName,
  );
}

export function choosePeople(clients: readonly ClientTruth[]): DemoPeople {
  const byPhone = Map.groupBy(
    clients.flatMap((client) => trueNumbers(client).map((phone) => ({ id: String(client.UniqueId), phone }))),
    ({ phone }) => phone,
  );
  const caller = clients.findLast((client) => {
    const [phone = '', ...others] = trueNumbers(client);
    const seeded = /^\+447\d{9}$/.test(phone) && !phone.startsWith(UNUSED_PREFIX);
    return seeded && others.length === 0 && byPhone.get(phone)?.length === 1 && client.Email;
  });
  const shared = [...byPhone].find(([, people]) => people.length > 1);
  if (!caller || !shared) throw new DemoError('the site has nobody who fits the look-ups');
  const [phone = ''] = trueNumbers(caller);
  return {
    caller: { id: String(caller.UniqueId), phones: waysToWrite(phone), email: caller.Email ?? '' },
    shared: { phone: shared[0], ids: shared[1].map(({ id }) => id) },
    unknownPhones: [unusedPhone(990), unusedPhone(991), unusedPhone(992), unusedPhone(993)],
  };
}

/** A British mobile number as callers and telephone systems write it. */
function waysToWrite(e164: string): string[] {
  const national = e164.slice('+44'.length);
  return [e164, `0${national}`, `0044 ${national}`, `(0${national.slice(0, 4)}) ${national.slice(4)}`];
}
