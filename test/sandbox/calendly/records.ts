/** What one Calendly organization holds, and how it looks on the wire. Times are epoch ms within. */
export const API = 'https://api.calendly.com';
export const ORGANIZATION_ID = 'a5b0c7de-1f3e-4f7b-9c55-2d7f6c1be001';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  role: 'owner' | 'admin' | 'user';
}

export interface Place {
  readonly kind: string;
  readonly location?: string | undefined;
}

export interface Question {
  readonly name: string;
  readonly type: 'string' | 'text' | 'phone_number' | 'single_select';
  readonly required: boolean;
}

export interface EventType {
  readonly id: string;
  name: string;
  duration: number;
  active: boolean;
  readonly secret: boolean;
  readonly paid: boolean;
  /** How many may come; 1: a meeting of two. */
  readonly limit: number;
  readonly pooling: 'round_robin' | 'collective' | null;
  /** Who can be met: the owner, or a team. */
  readonly hosts: readonly string[];
  readonly places: readonly Place[] | null;
  readonly questions: readonly Question[];
  description: string | null;
  readonly createdAt: number;
  updatedAt: number;
}

export interface Answer {
  readonly question: string;
  readonly answer: string;
  readonly position: number;
}

export const TRACKING = [
  'utm_campaign',
  'utm_source',
  'utm_medium',
  'utm_content',
  'utm_term',
  'salesforce_uuid',
] as const;
export type Tracking = Readonly<Partial<Record<(typeof TRACKING)[number], string | null>>>;

export interface Invitee {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  cancelled: boolean;
  readonly timezone: string;
  readonly phone: string | null;
  readonly answers: readonly Answer[];
  readonly tracking: Tracking;
  noShowAt: number | null;
  /** URIs of the invitees that a rescheduling has made of each other. */
  newInvitee: string | null;
  oldInvitee: string | null;
  readonly payment: { readonly amount: number; readonly currency: string } | null;
  readonly createdAt: number;
  updatedAt: number;
}

export interface ScheduledEvent {
  readonly id: string;
  readonly type: EventType;
  /** The type's name when it was booked. */
  name: string;
  readonly hosts: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly place: Place | null;
  cancelled: { readonly by: 'host' | 'invitee'; readonly reason: string | null; readonly at: number } | null;
  readonly invitees: Invitee[];
  /** E-mail addresses of those whom the invitees bring along. */
  readonly guests: string[];
  readonly createdAt: number;
  updatedAt: number;
}

export interface KnownPhone {
  /** As it was typed. */
  readonly raw: string;
  /** Null for what is no number, or lacks its country. */
  readonly e164: string | null;
}

export interface Contact {
  readonly id: string;
  name: string | null;
  emails: readonly string[];
  phones: readonly KnownPhone[];
  company: string | null;
  readonly createdAt: number;
  updatedAt: number;
}

export const uriOf = (kind: string, id: string): string => `${API}/${kind}/${id}`;
export const idOf = (uri: string | undefined): string => (uri ?? '').slice((uri ?? '').lastIndexOf('/') + 1);
export const inviteeUri = (event: ScheduledEvent, invitee: Invitee): string =>
  `${uriOf('scheduled_events', event.id)}/invitees/${invitee.id}`;

/** With microseconds, as Calendly writes it. */
export const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, -1)}000Z`;

const SEEDED_AT = '2025-01-06T09:00:00.000000Z';

export function renderUser(user: User) {
  return {
    uri: uriOf('users', user.id),
    name: user.name,
    slug: user.slug,
    email: `${user.slug}@marlow-finch.example`,
    scheduling_url: `https://calendly.com/${user.slug}`,
    timezone: 'Europe/London',
    avatar_url: null,
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
    current_organization: uriOf('organizations', ORGANIZATION_ID),
    resource_type: 'User',
    locale: 'en',
  };
}

export function renderMembership(user: User) {
  const { current_organization, resource_type, locale, ...member } = renderUser(user);
  return {
    uri: uriOf('organization_memberships', `membership-${user.slug}`),
    role: user.role,
    user: member,
    organization: current_organization,
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
  };
}

const KINDS = { round_robin: 'Round Robin', collective: 'Collective' } as const;

export function renderEventType(type: EventType, users: ReadonlyMap<string, User>) {
  const [first = ''] = type.hosts;
  const owner = users.get(first);
  const group = type.limit > 1;
  return {
    uri: uriOf('event_types', type.id),
    name: type.name,
    active: type.active,
    secret: type.secret,
    slug: type.name.toLowerCase().replace(/[^a-z]+/g, '-'),
    scheduling_url: `https://calendly.com/${owner?.slug}/${type.id}`,
    duration: type.duration,
    duration_options: [],
    kind: group ? 'group' : 'solo',
    kind_description: type.pooling === null ? (group ? 'Group' : 'One-on-One') : KINDS[type.pooling],
    pooling_type: type.pooling,
    type: 'StandardEventType',
    booking_method: 'instant',
    color: '#8247f5',
    internal_note: null,
    description_plain: type.description,
    description_html: type.description === null ? null : `<p>${type.description}</p>`,
    is_paid: type.paid,
    profile:
      type.pooling === null
        ? { type: 'User', name: owner?.name ?? '', owner: uriOf('users', first) }
        : { type: 'Team', name: 'Marlow & Finch', owner: uriOf('teams', 'team-salon') },
    locations: type.places,
    custom_questions: type.questions.map(({ name, type: kind, required }, position) => ({
      name,
      type: kind,
      position,
      required,
      enabled: true,
      answer_choices: kind === 'single_select' ? ['Yes', 'No'] : [],
      include_other: false,
    })),
    locale: 'en',
    position: 0,
    admin_managed: false,
    created_at: stamp(type.createdAt),
    updated_at: stamp(type.updatedAt),
    deleted_at: null,
  };
}

export function renderEvent(event: ScheduledEvent, users: ReadonlyMap<string, User>) {
  const active = event.invitees.filter(({ cancelled }) => !cancelled).length;
  return {
    uri: uriOf('scheduled_events', event.id),
    name: event.name,
    status: event.cancelled ? 'canceled' : 'active',
    start_time: stamp(event.start),
    end_time: stamp(event.end),
    event_type: uriOf('event_types', event.type.id),
    location: event.place === null ? null : renderPlace(event.place),
    invitees_counter: { total: event.invitees.length, active, limit: event.type.limit },
    event_memberships: event.hosts.map((id) => ({
      user: uriOf('users', id),
      user_email: `${users.get(id)?.slug}@marlow-finch.example`,
      user_name: users.get(id)?.name ?? '',
    })),
    event_guests: event.guests.map((email) => ({
      email,
      created_at: stamp(event.createdAt),
      updated_at: stamp(event.updatedAt),
    })),
    calendar_event: null,
    created_at: stamp(event.createdAt),
    updated_at: stamp(event.updatedAt),
    ...(event.cancelled ? { cancellation: renderCancellation(event.cancelled) } : {}),
  };
}

export function renderCancellation({ by, reason, at }: NonNullable<ScheduledEvent['cancelled']>) {
  const name = by === 'host' ? 'Mara Lindqvist' : 'The customer';
  return { canceled_by: name, reason, canceler_type: by, created_at: stamp(at) };
}

export function renderInvitee(event: ScheduledEvent, invitee: Invitee) {
  const cancelled = invitee.cancelled || event.cancelled !== null;
  return {
    uri: inviteeUri(event, invitee),
    email: invitee.email,
    name: invitee.name,
    first_name: invitee.firstName,
    last_name: invitee.lastName,
    status: cancelled ? 'canceled' : 'active',
    timezone: invitee.timezone,
    event: uriOf('scheduled_events', event.id),
    text_reminder_number: invitee.phone,
    questions_and_answers: invitee.answers,
    tracking: Object.fromEntries(TRACKING.map((name) => [name, invitee.tracking[name] ?? null])),
    rescheduled: invitee.newInvitee !== null,
    old_invitee: invitee.oldInvitee,
    new_invitee: invitee.newInvitee,
    cancel_url: `https://calendly.com/cancellations/${invitee.id}`,
    reschedule_url: `https://calendly.com/reschedulings/${invitee.id}`,
    routing_form_submission: null,
    payment:
      invitee.payment === null
        ? null
        : { ...invitee.payment, external_id: 'ch_1', provider: 'stripe', terms: null, successful: true },
    no_show:
      invitee.noShowAt === null
        ? null
        : { uri: uriOf('invitee_no_shows', invitee.id), created_at: stamp(invitee.noShowAt) },
    reconfirmation: null,
    scheduling_method: null,
    invitee_scheduled_by: null,
    created_at: stamp(invitee.createdAt),
    updated_at: stamp(invitee.updatedAt),
    ...(event.cancelled ? { cancellation: renderCancellation(event.cancelled) } : {}),
  };
}

export function renderContact(contact: Contact) {
  return {
    uri: uriOf('contacts', contact.id),
    name: contact.name,
    emails: contact.emails.map((email, index) => ({ email, is_primary: index === 0 })),
    phone_numbers: contact.phones.map(({ raw }) => ({ phone_number: raw })),
    timezone: 'Europe/London',
    job_title: null,
    company: contact.company,
    country: 'GB',
    state: null,
    city: null,
    linkedin: null,
    custom_fields: [],
    created_at: stamp(contact.createdAt),
    updated_at: stamp(contact.updatedAt),
  };
}

/** Of a video call Calendly makes the room itself. */
function renderPlace({ kind, location }: Place): object {
  if (!kind.endsWith('_conference')) return { type: kind, location: location ?? null };
  return { type: kind, status: 'pushed', join_url: 'https://video.example/room', data: {} };
}

export function typedPhone(raw: string): KnownPhone {
  return { raw, e164: raw.startsWith('+') ? raw.replace(/[^+\d]/g, '') : null };
}
