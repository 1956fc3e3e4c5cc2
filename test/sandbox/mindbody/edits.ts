import * as z from 'zod';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import { addAppointment, updateAppointment } from './booking.ts';
import { createClient } from './client-routes.ts';
import { MindbodyFailure } from './errors.ts';
import type { MindbodyAppointment, MindbodyClass, MindbodyClient, Site } from './site.ts';
import { deliver } from './webhook-delivery.ts';

const account = z.string().optional();
const id = z.coerce.number().int();
const local = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/);

const onlyAccount = z.strictObject({ account });
const clientFields = z.strictObject({
  FirstName: z.string().nullable(),
  LastName: z.string().nullable(),
  Email: z.string().nullable(),
  MobilePhone: z.string().nullable(),
  HomePhone: z.string().nullable(),
  WorkPhone: z.string().nullable(),
});
const createSchema = z.strictObject({ account, fields: clientFields.partial() });
const changeSchema = z.strictObject({
  account,
  id,
  fields: clientFields.partial().default({}),
  /** A new RSSID. */
  rssid: z.string().min(1).optional(),
  active: z.boolean().optional(),
});
const touchSchema = z.strictObject({ account, count: z.int().min(1), prospects: z.boolean() });
const mergeSchema = z.strictObject({ account, keptId: id, removedId: id });
const bookSchema = z.strictObject({ account, clientId: id, sessionTypeId: id, staffId: id, start: local });
const moveSchema = z.strictObject({ account, id, start: local, staffId: id.optional() });
const statusSchema = z.strictObject({
  account,
  id,
  verb: z.enum(['cancel', 'latecancel', 'confirm', 'arrive', 'complete']),
});
const oneSchema = z.strictObject({ account, id });
const classSchema = z.strictObject({
  account,
  id,
  booked: z.int().min(0).optional(),
  cancelled: z.boolean().optional(),
  removed: z.boolean().optional(),
});
const serviceSchema = z.strictObject({ account, id, name: z.string().optional(), minutes: z.int().min(5).optional() });

const MEMBERS = {
  FirstName: 'firstName',
  LastName: 'lastName',
  Email: 'email',
  MobilePhone: 'mobilePhone',
  HomePhone: 'homePhone',
  WorkPhone: 'workPhone',
} as const;

type Edits = Readonly<Record<string, (input: unknown) => unknown>>;

/** What the owner, people at the desk and clients do at Mindbody while the hub is connected to it. */
export function mindbodyEdits(sites: readonly Site[]): Edits {
  const siteOf = (wanted: string | undefined): Site => {
    const site = wanted === undefined ? sites[0] : sites.find(({ facts }) => String(facts.id) === wanted);
    if (!site) throw new EditError(`no such site: ${wanted}`);
    return site;
  };
  const aboutClient = (site: Site, event: string, client: MindbodyClient) =>
    deliver(site, event, { clientId: client.id, clientUniqueId: client.uniqueId });
  const aboutAppointment = (site: Site, event: string, one: MindbodyAppointment) =>
    deliver(
      site,
      event,
      event.endsWith('cancelled')
        ? { appointmentId: one.id }
        : { appointmentId: one.id, staffId: one.staffId, locationId: one.locationId },
    );

  return refusalsAsEditErrors(MindbodyFailure, {
    /** The owner opens the link, or removes the app. */
    activate(input) {
      siteOf(onlyAccount.parse(input).account).linked = true;
    },
    unlink(input) {
      siteOf(onlyAccount.parse(input).account).linked = false;
    },
    createClient(input) {
      const { account, fields } = createSchema.parse(input);
      const site = siteOf(account);
      const client = createClient(site, fields);
      aboutClient(site, 'client.created', client);
      return { id: String(client.uniqueId), rssid: client.id };
    },
    changeClient(input) {
      const { account, id, fields, rssid, active } = changeSchema.parse(input);
      const site = siteOf(account);
      const client = clientOf(site, id);
      for (const [name, member] of Object.entries(MEMBERS)) {
        const value = fields[name as keyof typeof MEMBERS];
        if (value !== undefined) client[member] = value;
      }
      if (rssid !== undefined) client.id = rssid;
      if (active !== undefined) client.active = active;
      site.keep(client);
      aboutClient(site, active === false ? 'client.deactivated' : 'client.updated', client);
    },
    /** An import changes the first so many active clients at one moment. */
    touchClients(input) {
      const { account, count, prospects } = touchSchema.parse(input);
      const site = siteOf(account);
      const at = site.clock.now();
      const chosen = site
        .clientsByName()
        .filter(({ active }) => active)
        .slice(0, count);
      for (const client of chosen) {
        client.isProspect = prospects;
        site.keep(client, at);
      }
      return { touched: chosen.length };
    },
    /** The removed one is gone without a trace; what they had booked belongs to the other. */
    mergeClients(input) {
      const { account, keptId, removedId } = mergeSchema.parse(input);
      const site = siteOf(account);
      const [kept, removed] = [clientOf(site, keptId), clientOf(site, removedId)];
      if (kept === removed) throw new EditError('a client cannot be merged with themselves');
      for (const one of site.appointments.values()) {
        if (one.clientUniqueId === removed.uniqueId) one.clientUniqueId = kept.uniqueId;
      }
      site.drop(removed);
      site.keep(kept);
      deliver(site, 'clientProfileMerger.created', {
        keptClientId: kept.id,
        keptClientUniqueId: kept.uniqueId,
        removedClientUniqueId: removed.uniqueId,
      });
    },
    book(input) {
      const { account, clientId, sessionTypeId, staffId, start } = bookSchema.parse(input);
      const site = siteOf(account);
      const one = addAppointment(site, {
        ClientId: clientOf(site, clientId).id,
        LocationId: site.staff.get(staffId)?.locationId ?? 1,
        SessionTypeId: sessionTypeId,
        StaffId: staffId,
        StartDateTime: start,
      });
      aboutAppointment(site, 'appointmentBooking.created', one);
      return { id: String(one.id) };
    },
    move(input) {
      const { account, id, start, staffId } = moveSchema.parse(input);
      const site = siteOf(account);
      const staff = staffId === undefined ? {} : { StaffId: staffId };
      const one = updateAppointment(site, { AppointmentId: id, StartDateTime: start, ...staff });
      aboutAppointment(site, 'appointmentBooking.updated', one);
    },
    setStatus(input) {
      const { account, id, verb } = statusSchema.parse(input);
      const site = siteOf(account);
      const one = updateAppointment(site, { AppointmentId: id, Execute: verb });
      const event = verb.endsWith('cancel') ? 'cancelled' : 'updated';
      aboutAppointment(site, `appointmentBooking.${event}`, one);
    },
    /** Taken off the schedule altogether. */
    removeAppointment(input) {
      const { account, id } = oneSchema.parse(input);
      const site = siteOf(account);
      const one = site.appointments.get(id);
      if (!one) throw new EditError(`no such appointment: ${id}`);
      site.appointments.delete(id);
      aboutAppointment(site, 'appointmentBooking.cancelled', one);
    },
    changeClass(input) {
      const { account, id, booked, cancelled, removed } = classSchema.parse(input);
      const site = siteOf(account);
      const one: MindbodyClass | undefined = site.classes.get(id);
      if (!one) throw new EditError(`no such class: ${id}`);
      if (booked !== undefined) one.booked = booked;
      if (cancelled !== undefined) one.cancelled = cancelled;
      one.modifiedAt = site.clock.now();
      if (removed) site.classes.delete(id);
      deliver(site, 'class.updated', { classId: id });
    },
    changeService(input) {
      const { account, id, name, minutes } = serviceSchema.parse(input);
      const type = siteOf(account).sessionTypes.get(id);
      if (!type) throw new EditError(`no such service: ${id}`);
      if (name !== undefined) type.name = name;
      if (minutes !== undefined) type.minutes = minutes;
    },
    /** Takes no appointments any more. */
    retireStaff(input) {
      const { account, id } = oneSchema.parse(input);
      const site = siteOf(account);
      const staff = site.staff.get(id);
      if (!staff) throw new EditError(`no such member of staff: ${id}`);
      staff.takesAppointments = false;
      deliver(site, 'staff.updated', { staffId: id });
    },
  });
}

function clientOf(site: Site, id: number): MindbodyClient {
  const client = site.clients.get(id);
  if (!client) throw new EditError(`no such client: ${id}`);
  return client;
}
