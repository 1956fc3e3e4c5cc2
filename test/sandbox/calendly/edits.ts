import * as z from 'zod';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import { CalendlyFailure } from './errors.ts';
import type { Organization } from './organization.ts';
import { type Contact, type EventType, type ScheduledEvent, typedPhone } from './records.ts';

const id = z.string();
const one = z.strictObject({ id });
const contactSchema = z.strictObject({
  name: z.string().nullable().default(null),
  emails: z.array(z.string()).default([]),
  phones: z.array(z.string()).default([]),
  company: z.string().nullable().default(null),
});
const contactPatchSchema = z.strictObject({ id, ...contactSchema.partial().shape });
const touchSchema = z.strictObject({ count: z.int().min(1), company: z.string() });
const placeSchema = z.strictObject({ kind: z.string(), location: z.string().optional() });
const typeSchema = z.strictObject({
  name: z.string(),
  duration: z.int(),
  host: id,
  places: z.array(placeSchema).nullable().default(null),
});
const typePatchSchema = z.strictObject({
  id,
  name: z.string().optional(),
  duration: z.int().optional(),
  active: z.boolean().optional(),
});
const customerSchema = z.strictObject({ email: z.string(), name: z.string(), phone: z.string().optional() });
const bookSchema = z.strictObject({
  eventType: id,
  /** ISO 8601; left out: the first time that is free, `daysAhead` from now or later. */
  start: z.iso.datetime({ offset: true }).optional(),
  daysAhead: z.number().default(0),
  customer: customerSchema,
  /** Which of the event type's ways to meet; left out: the first. */
  kind: z.string().optional(),
  guests: z.array(z.string()).default([]),
});
const cancelSchema = z.strictObject({
  id,
  by: z.enum(['host', 'invitee']).default('invitee'),
  reason: z.string().optional(),
});
const leaveSchema = z.strictObject({ id, email: z.string() });
const roleSchema = z.strictObject({ user: id, role: z.enum(['owner', 'admin', 'user']) });

/** What people do in the Calendly account while the hub is connected to it. */
export function calendlyEdits(organization: Organization): Readonly<Record<string, (input: unknown) => unknown>> {
  const now = (): number => organization.clock.now();
  const find = <T>(records: ReadonlyMap<string, T>, wanted: string): T => {
    const record = records.get(wanted);
    if (!record) throw new EditError(`no such record: ${wanted}`);
    return record;
  };
  const event = (wanted: string): ScheduledEvent => find(organization.events, wanted);
  const firstFree = (type: EventType, daysAhead: number): number => {
    const from = now() + daysAhead * 86_400_000;
    const [time] = organization.offered(type, from, from + 21 * 86_400_000);
    if (!time) throw new EditError(`${type.name} is booked out`);
    return time.start;
  };

  return refusalsAsEditErrors(CalendlyFailure, {
    createContact(input) {
      const { phones, ...given } = contactSchema.parse(input);
      return { id: organization.addContact({ ...given, phones: phones.map(typedPhone) }).id };
    },
    patchContact(input) {
      const { id: wanted, phones, ...given } = contactPatchSchema.parse(input);
      const patch = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const changed: Contact = find(organization.contacts, wanted);
      Object.assign(changed, patch, phones ? { phones: phones.map(typedPhone) } : {}, { updatedAt: now() });
    },
    /** A bulk edit: all get the same modified date. */
    touchContacts(input) {
      const { count, company } = touchSchema.parse(input);
      const at = now();
      const chosen = [...organization.contacts.values()].slice(0, count);
      for (const contact of chosen) Object.assign(contact, { company, updatedAt: at });
      return { touched: chosen.length };
    },
    deleteContact(input) {
      const { id: wanted } = one.parse(input);
      find(organization.contacts, wanted);
      organization.contacts.delete(wanted);
    },
    createEventType(input) {
      const { name, duration, host, places } = typeSchema.parse(input);
      const type: EventType = {
        id: organization.newId(),
        name,
        duration,
        active: true,
        secret: false,
        paid: false,
        limit: 1,
        pooling: null,
        hosts: [find(organization.users, host).id],
        places,
        questions: [],
        description: null,
        createdAt: now(),
        updatedAt: now(),
      };
      organization.eventTypes.set(type.id, type);
      return { id: type.id };
    },
    patchEventType(input) {
      const { id: wanted, ...given } = typePatchSchema.parse(input);
      const patch = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      Object.assign(find(organization.eventTypes, wanted), patch, { updatedAt: now() });
    },
    deleteEventType(input) {
      const { id: wanted } = one.parse(input);
      find(organization.eventTypes, wanted);
      organization.eventTypes.delete(wanted);
    },
    /** Somebody books on the event type's own page. */
    book(input) {
      const { eventType, start, daysAhead, customer, kind, guests } = bookSchema.parse(input);
      const type = find(organization.eventTypes, eventType);
      const at = start === undefined ? firstFree(type, daysAhead) : Date.parse(start);
      const invitee = { email: customer.email, name: customer.name, phone: customer.phone ?? null, guests };
      const place = type.places?.find((one) => kind === undefined || one.kind === kind) ?? null;
      const { event: booked } = organization.book(type, at, invitee, place);
      return { id: booked.id, start: new Date(booked.start).toISOString() };
    },
    cancel(input) {
      const { id: wanted, by, reason } = cancelSchema.parse(input);
      organization.cancel(event(wanted), by, reason ?? null);
    },
    /** By the customer's link: a new event takes the old one's place. */
    reschedule(input) {
      const { id: wanted } = one.parse(input);
      const old = event(wanted);
      return { id: organization.reschedule(old, firstFree(old.type, 2)).id };
    },
    /** One of a group does not come. */
    leave(input) {
      const { id: wanted, email } = leaveSchema.parse(input);
      const left = event(wanted).invitees.find((invitee) => invitee.email === email && !invitee.cancelled);
      if (!left) throw new EditError('nobody to leave');
      Object.assign(left, { cancelled: true, updatedAt: now() });
      event(wanted).updatedAt = now();
    },
    markNoShow(input) {
      const { id: wanted } = one.parse(input);
      for (const invitee of event(wanted).invitees) invitee.noShowAt = now();
      if (organization.settings.noShowTouchesEvent) event(wanted).updatedAt = now();
    },
    /** Data compliance: nothing tells of it. */
    erase(input) {
      const { id: wanted } = one.parse(input);
      event(wanted);
      organization.events.delete(wanted);
    },
    setRole(input) {
      const { user, role } = roleSchema.parse(input);
      find(organization.users, user).role = role;
    },
  });
}
