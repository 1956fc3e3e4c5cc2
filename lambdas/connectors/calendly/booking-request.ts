/** What "Create Event Invitee" wants to know: how the meeting takes place, and the answers to the event type's questions. */
import { validationFailed } from '../../core/errors.ts';
import { utcIso } from '../../core/time/zoned-time.ts';
import type { BookingCustomer, NewAppointment } from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { withText } from '../kit/people.ts';
import type { CalendlyAnswer, CalendlyEventType, MeetingPlace } from './schemas.ts';

/** A booking as the hub means it; when an appointment moves, with what was agreed for the old time. */
export interface Invitation extends Pick<NewAppointment, 'slot' | 'notes' | 'idempotencyKey'> {
  readonly eventType: CalendlyEventType;
  readonly customer: Pick<BookingCustomer, 'firstName' | 'lastName' | 'name' | 'phone'> & { readonly email: string };
  readonly answers: readonly CalendlyAnswer[];
  /** How to meet, as the event names it; null: nothing is agreed yet. */
  readonly kind: string | null;
  readonly place: string | null;
  /** E-mail addresses of those who come along. */
  readonly guests: readonly string[];
}

/** Kinds of meeting that need nothing but their name: the host has set up the rest. */
const SELF_SUFFICIENT =
  /^(inbound_call|google_conference|zoom_conference|microsoft_teams_conference|webex_conference|gotomeeting_conference)$/;

const MAX_GUESTS = 10;

/** Body of "Create Event Invitee". */
export function inviteeRequest(invitation: Invitation): object {
  const { eventType, slot, guests, idempotencyKey } = invitation;
  const { firstName, lastName, name, email, phone } = invitation.customer;
  const location = locationOf(invitation);
  const questions_and_answers = answersOf(invitation);
  return {
    event_type: eventType.uri,
    start_time: utcIso(slot.start),
    invitee: withText({
      // Either the whole name or the first one is required; the last name alone is none.
      ...(firstName === null ? { name } : { first_name: firstName, last_name: lastName }),
      email,
      timezone: slot.timeZone,
      // The only place for a number that every event type has; it is how the caller is known again.
      text_reminder_number: phone,
    }),
    ...(location ? { location } : {}),
    ...(questions_and_answers.length > 0 ? { questions_and_answers } : {}),
    ...(guests.length > 0 ? { event_guests: guests.slice(0, MAX_GUESTS) } : {}),
    // By it a booking whose answer was lost is found again. Whoever sends one of the six members must send all.
    tracking: {
      utm_content: idempotencyKey,
      utm_campaign: null,
      utm_source: null,
      utm_medium: null,
      utm_term: null,
      salesforce_uuid: null,
    },
  };
}

/** Whether there are questions that must be answered and can't be. */
export function lacksAnswers(invitation: Invitation): boolean {
  const given = new Set(answersOf(invitation).map(({ question }) => question));
  return questionsOf(invitation).some(({ name, required }) => required && !given.has(name));
}

/**
 * The way to meet that is agreed, or else the first of the event type's that can be filled in; none for a round robin,
 * which refuses any.
 */
function locationOf({ eventType, customer, kind, place }: Invitation): object | null {
  const misfit = (way: MeetingPlace) => (isKind(way, kind) ? Number(way.location !== place) : 2);
  const ways = (eventType.locations ?? []).toSorted((a, b) => misfit(a) - misfit(b));
  if (ways.length === 0 || eventType.pooling_type === 'round_robin') return null;
  const [filled] = ways.flatMap((way) => filledIn(way, customer.phone, place) ?? []);
  if (filled) return filled;
  if (ways.some((way) => isKind(way, 'outbound_call'))) {
    throw validationFailed('customer.phone', 'is needed, because the host calls the customer');
  }
  throw refusal('This event type lets the customer say where to meet, which can only be done on its Calendly page.');
}

/** Events name some kinds as event types do, and some without the ending ("zoom"). */
function isKind(way: MeetingPlace, kind: string | null): boolean {
  return way.kind.replace(/_conference$/, '') === kind?.replace(/_conference$/, '');
}

function filledIn({ kind, location }: MeetingPlace, phone: string | null, place: string | null): object | null {
  if (SELF_SUFFICIENT.test(kind)) return { kind };
  const where = kind === 'outbound_call' ? phone : kind === 'ask_invitee' ? place : (location ?? place);
  return where ? { kind, location: where } : null;
}

/**
 * Answers given before; then numbers to whoever asks for one, and the notes to the first free question. Calendly has no
 * other place for notes.
 */
function answersOf(invitation: Invitation): CalendlyAnswer[] {
  let unsaid = invitation.notes;
  return questionsOf(invitation).flatMap(({ name, type, position }) => {
    let answer = invitation.answers.find(({ question }) => question === name)?.answer ?? null;
    if (answer === null && type === 'phone_number') answer = invitation.customer.phone;
    if (answer === null && (type === 'string' || type === 'text')) {
      answer = unsaid;
      unsaid = null;
    }
    return answer ? [{ question: name, answer, position }] : [];
  });
}

function questionsOf({ eventType }: Invitation) {
  return (eventType.custom_questions ?? []).filter(({ enabled }) => enabled !== false);
}
