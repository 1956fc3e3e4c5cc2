/** What "Create Event Invitee" wants to know: how the meeting takes place, and the answers to the event type's questions. */
import { HubError } from '../../core/errors.ts';
import { utcIso } from '../../core/time/zoned-time.ts';
import type { BookingCustomer } from '../connector.ts';
import { withText } from '../kit/people.ts';
import type { CalendlyAnswer, CalendlyEventType, MeetingPlace } from './schemas.ts';

/** Body of "Create Event Invitee". */
export interface InviteeRequest {
  readonly event_type: string;
  readonly start_time: string;
  readonly invitee: Readonly<Record<string, string>>;
  readonly location?: { readonly kind: string; readonly location?: string };
  readonly questions_and_answers?: readonly CalendlyAnswer[];
  readonly tracking: Readonly<Record<string, string | null>>;
}

/** A booking as the hub means it. */
export interface Invitation {
  readonly eventType: CalendlyEventType;
  /** ISO 8601. */
  readonly start: string;
  readonly timeZone: string;
  readonly customer: Pick<BookingCustomer, 'firstName' | 'lastName' | 'name' | 'phone'> & { readonly email: string };
  readonly notes: string | null;
  /** Given before, when an appointment moves. */
  readonly answers: readonly CalendlyAnswer[];
  /** Agreed before, when an appointment moves. */
  readonly place: string | null;
  readonly idempotencyKey: string;
}

/** Kinds of meeting that need nothing but their name: the host has set up the rest. */
const SELF_SUFFICIENT: ReadonlySet<string> = new Set([
  'inbound_call',
  'google_conference',
  'zoom_conference',
  'microsoft_teams_conference',
  'webex_conference',
  'gotomeeting_conference',
]);
const FREE_TEXT: ReadonlySet<string> = new Set(['string', 'text']);

export function inviteeRequest(invitation: Invitation): InviteeRequest {
  const { eventType, start, timeZone, customer, idempotencyKey } = invitation;
  const location = locationOf(invitation);
  const answers = answersOf(invitation);
  const { firstName, lastName, name, email, phone } = customer;
  return {
    event_type: eventType.uri,
    start_time: utcIso(start),
    // Either the whole name or the first one is required; the last name alone is none.
    invitee: withText({
      ...(firstName === null ? { name } : { first_name: firstName, last_name: lastName }),
      email,
      timezone: timeZone,
      // The only place for a number that every event type has; it is how the caller is known again.
      text_reminder_number: phone,
    }),
    ...(location ? { location } : {}),
    ...(answers.length > 0 ? { questions_and_answers: answers } : {}),
    // By it a booking whose answer was lost is found again. Whoever sends one of the six members must send all.
    tracking: {
      utm_campaign: null,
      utm_source: null,
      utm_medium: null,
      utm_content: idempotencyKey,
      utm_term: null,
      salesforce_uuid: null,
    },
  };
}

/** Questions that must be answered and can't be. */
export function unanswered(invitation: Invitation): number {
  const given = new Set(answersOf(invitation).map(({ question }) => question));
  return questionsOf(invitation).filter(({ name, required }) => required && !given.has(name)).length;
}

/** The first of the event type's ways to meet that can be filled in; none for a round robin, which refuses any. */
function locationOf({ eventType, customer, place }: Invitation): InviteeRequest['location'] | null {
  const ways = eventType.locations ?? [];
  if (ways.length === 0 || eventType.pooling_type === 'round_robin') return null;
  for (const way of ways) {
    const filled = filledIn(way, customer.phone, place);
    if (filled) return filled;
  }
  if (ways.some(({ kind }) => kind === 'outbound_call')) {
    throw new HubError('validation_failed', {
      field: 'customer.phone',
      detail: 'customer.phone: is needed, because the host calls the customer',
    });
  }
  throw new HubError('provider_rejected', {
    detail: 'This event type lets the customer say where to meet, which can only be done on its Calendly page.',
  });
}

function filledIn(way: MeetingPlace, phone: string | null, place: string | null): InviteeRequest['location'] | null {
  const { kind, location } = way;
  if (SELF_SUFFICIENT.has(kind)) return { kind };
  const where = kind === 'outbound_call' ? phone : kind === 'ask_invitee' ? place : (location ?? place);
  return where ? { kind, location: where } : null;
}

/**
 * Answers given before; then numbers to whoever asks for one, and the notes to the first free question. Calendly has no
 * other place for notes.
 */
function answersOf(invitation: Invitation): CalendlyAnswer[] {
  const { answers: before, customer, notes } = invitation;
  let unsaid = notes;
  return questionsOf(invitation).flatMap(({ name, type, position }) => {
    let answer = before.find(({ question }) => question === name)?.answer ?? null;
    if (answer === null && type === 'phone_number') answer = customer.phone;
    if (answer === null && FREE_TEXT.has(type)) {
      answer = unsaid;
      unsaid = null;
    }
    return answer === null || answer === '' ? [] : [{ question: name, answer, position }];
  });
}

function questionsOf({ eventType }: Invitation) {
  return (eventType.custom_questions ?? []).filter(({ enabled }) => enabled !== false);
}
