import type { SandboxClock } from '../mechanics/clock.ts';
import type { Random } from '../mechanics/random.ts';
import { badParameter, CalendlyFailure, forbidden, invalid } from './errors.ts';
import { offeredTimes } from './opening.ts';
import {
  type Answer,
  type Contact,
  type EventType,
  type Invitee,
  inviteeUri,
  type Place,
  type ScheduledEvent,
  type Tracking,
  typedPhone,
  type User,
} from './records.ts';
import type { CalendlySettings } from './settings.ts';

export interface NewInvitee {
  readonly email: string;
  readonly name: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly timezone?: string;
  readonly phone?: string | null;
  readonly answers?: readonly Answer[];
  readonly tracking?: Tracking;
  /** Who comes along. */
  readonly guests?: readonly string[];
}

/** One Calendly organization with its people, what they offer, and who has booked it. */
export class Organization {
  readonly clock: SandboxClock;
  readonly settings: CalendlySettings;
  readonly users = new Map<string, User>();
  readonly eventTypes = new Map<string, EventType>();
  readonly events = new Map<string, ScheduledEvent>();
  readonly contacts = new Map<string, Contact>();
  readonly #random: Random;

  constructor(clock: SandboxClock, settings: CalendlySettings, random: Random) {
    this.clock = clock;
    this.settings = settings;
    this.#random = random;
  }

  newId(): string {
    const hex = Array.from({ length: 32 }, () => this.#random.int(0, 15).toString(16)).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** Whether lists show it already. */
  isListed({ createdAt }: { readonly createdAt: number }): boolean {
    return createdAt + this.settings.listLagMs <= this.clock.now();
  }

  /** What a user sees as a plain member: what they host. */
  eventsOf(user: string | null): ScheduledEvent[] {
    const all = [...this.events.values()];
    return user === null ? all : all.filter(({ hosts }) => hosts.includes(user));
  }

  eventTypesOf(user: string | null): EventType[] {
    const all = [...this.eventTypes.values()];
    return user === null ? all : all.filter(({ hosts }) => hosts.includes(user));
  }

  /** Free starts of an event type with the hosts for each. */
  offered(type: EventType, from: number, to: number): ReturnType<typeof offeredTimes> {
    return offeredTimes(type, [...this.events.values()], { from, to, now: this.clock.now() });
  }

  /** Books a time that is on offer, as the event type's page does. In a group, joins those who are there. */
  book(
    type: EventType,
    start: number,
    invitee: NewInvitee,
    place: Place | null,
  ): { event: ScheduledEvent; invitee: Invitee } {
    const free = this.offered(type, start, start + 1).find((time) => time.start === start);
    if (!free || !type.active) {
      throw this.settings.takenTime === 'plain'
        ? badParameter('start_time', 'is not available')
        : invalid({ parameter: 'start_time', message: 'is not available', code: 'already_filled' });
    }
    const event = free.joins ?? this.addEvent(type, start, free.hosts, place);
    event.guests.push(...(invitee.guests ?? []));
    return { event, invitee: this.addInvitee(event, invitee) };
  }

  /** Without asking whether the time is free: for seeds, and for what was arranged before. */
  addEvent(
    type: EventType,
    start: number,
    hosts: readonly string[],
    place: Place | null,
    at = this.clock.now(),
  ): ScheduledEvent {
    const event: ScheduledEvent = {
      id: this.newId(),
      type,
      name: type.name,
      hosts,
      start,
      place,
      end: start + type.duration * 60_000,
      cancelled: null,
      invitees: [],
      guests: [],
      createdAt: at,
      updatedAt: at,
    };
    this.events.set(event.id, event);
    return event;
  }

  addInvitee(event: ScheduledEvent, given: NewInvitee, at = this.clock.now()): Invitee {
    const invitee: Invitee = {
      id: this.newId(),
      email: given.email,
      name: given.name,
      firstName: given.firstName ?? null,
      lastName: given.lastName ?? null,
      cancelled: false,
      timezone: given.timezone ?? 'Europe/London',
      phone: given.phone ?? null,
      answers: given.answers ?? [],
      tracking: given.tracking ?? {},
      noShowAt: null,
      newInvitee: null,
      oldInvitee: null,
      payment: event.type.paid ? { amount: 25.5, currency: 'GBP' } : null,
      createdAt: at,
      updatedAt: at,
    };
    event.invitees.push(invitee);
    event.updatedAt = at;
    this.#knowContact(given, at);
    return invitee;
  }

  cancel(event: ScheduledEvent, by: 'host' | 'invitee', reason: string | null): void {
    if (event.cancelled) throw forbidden('Event is already canceled');
    const at = this.clock.now();
    event.cancelled = { by, reason, at };
    event.updatedAt = at;
    for (const invitee of event.invitees) {
      invitee.cancelled = true;
      invitee.updatedAt = at;
    }
  }

  /** As the customer does by the link: the old event is cancelled, a new one takes its place, and each names the other. */
  reschedule(event: ScheduledEvent, start: number): ScheduledEvent {
    const [old] = event.invitees;
    if (!old) throw new CalendlyFailure(400, { message: 'nobody is booked' });
    const booked = this.book(event.type, start, old, event.place);
    booked.invitee.oldInvitee = inviteeUri(event, old);
    old.newInvitee = inviteeUri(booked.event, booked.invitee);
    this.cancel(event, 'invitee', null);
    return booked.event;
  }

  addContact(given: Pick<Contact, 'name' | 'emails' | 'phones' | 'company'>, at = this.clock.now()): Contact {
    const contact = { id: this.newId(), ...given, createdAt: at, updatedAt: at };
    this.contacts.set(contact.id, contact);
    return contact;
  }

  contactByEmail(email: string): Contact | undefined {
    const wanted = email.toLowerCase();
    return [...this.contacts.values()].find(({ emails }) => emails.some((one) => one.toLowerCase() === wanted));
  }

  /** Whoever books becomes a contact. */
  #knowContact({ email, name, phone }: NewInvitee, at: number): void {
    if (this.contactByEmail(email)) return;
    this.addContact({ name, emails: [email], phones: phone ? [typedPhone(phone)] : [], company: null }, at);
  }
}
