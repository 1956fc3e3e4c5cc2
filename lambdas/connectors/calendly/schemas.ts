/** Calendly's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

/** A full URI; its last segment is the record's id. */
export const reference = z.string().regex(/^https:\/\/[^?#\s]+\/[A-Za-z0-9_-]+$/, 'must be the URI of a record');
const instant = z.string().refine((value) => !Number.isNaN(Date.parse(value)), 'must be a time');
const text = z.string().nullish();
const number = z.number().nullish();
const flag = z.boolean().nullish();

/** A page of a list. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const pageSchema = z
  .looseObject({ collection: z.array(z.unknown()), pagination: z.looseObject({ next_page_token: text }) })
  .transform(({ collection, pagination }) => ({ rows: collection, next: pagination.next_page_token ?? null }));
export type CalendlyPage = z.infer<typeof pageSchema>;

/** A list without pages. */
export const collectionSchema = z.looseObject({ collection: z.array(z.unknown()) });

export const resourceOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .looseObject({ resource: z.unknown() })
    .transform(({ resource }) => resource)
    .pipe(schema);

export const userSchema = z.looseObject({
  uri: reference,
  name: text,
  timezone: text,
  current_organization: reference.nullish(),
});

export const membershipSchema = z.looseObject({ role: z.string(), organization: reference });

export const contactSchema = z.looseObject({
  uri: reference,
  name: text,
  timezone: text,
  job_title: text,
  company: text,
  emails: z.array(z.looseObject({ email: text, is_primary: flag })).nullish(),
  phone_numbers: z.array(z.looseObject({ phone_number: text })).nullish(),
  created_at: text,
  updated_at: instant,
});
export type CalendlyContact = z.infer<typeof contactSchema>;

const questionSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  position: z.number(),
  enabled: flag,
  required: flag,
});

/** How a meeting can take place; other members depend on the kind. */
const meetingPlaceSchema = z.looseObject({ kind: z.string(), location: text });
export type MeetingPlace = z.infer<typeof meetingPlaceSchema>;

export const eventTypeSchema = z.looseObject({
  uri: reference,
  name: text,
  description_plain: text,
  duration: number,
  kind: text,
  pooling_type: text,
  active: flag,
  secret: flag,
  is_paid: flag,
  booking_method: text,
  deleted_at: text,
  profile: z.looseObject({ type: text, owner: reference.nullish() }).nullish(),
  locations: z.array(meetingPlaceSchema).nullish(),
  custom_questions: z.array(questionSchema).nullish(),
  created_at: text,
  updated_at: text,
});
export type CalendlyEventType = z.infer<typeof eventTypeSchema>;

export const availableTimeSchema = z.looseObject({
  status: z.string(),
  start_time: instant,
  invitees_remaining: number,
});

export const eventSchema = z.looseObject({
  uri: reference,
  name: text,
  status: z.string(),
  start_time: instant,
  end_time: instant,
  event_type: reference.nullish(),
  location: z.looseObject({ type: text, location: z.unknown().optional() }).nullish(),
  invitees_counter: z.looseObject({ active: number, limit: number }).nullish(),
  event_memberships: z.array(z.looseObject({ user: reference, user_name: text })).nullish(),
  event_guests: z.array(z.looseObject({ email: text })).nullish(),
  created_at: text,
  updated_at: instant,
});
export type CalendlyEvent = z.infer<typeof eventSchema>;

const answerSchema = z.looseObject({ question: z.string(), answer: z.string(), position: z.number() });
export type CalendlyAnswer = z.infer<typeof answerSchema>;

export const inviteeSchema = z.looseObject({
  uri: reference,
  event: reference,
  status: z.string(),
  email: text,
  timezone: text,
  name: text,
  first_name: text,
  last_name: text,
  text_reminder_number: text,
  rescheduled: flag,
  questions_and_answers: z.array(answerSchema).nullish(),
  tracking: z.looseObject({ utm_content: text }).nullish(),
  payment: z.looseObject({ amount: z.union([z.string(), z.number()]).transform(String), currency: text }).nullish(),
  no_show: z.looseObject({}).nullish(),
  created_at: text,
  updated_at: text,
});
export type CalendlyInvitee = z.infer<typeof inviteeSchema>;

/**
 * Answers the new event's URI. The reference page shows the invitee as `resource`; one client library's recording has
 * the event's URI there.
 */
export const bookedSchema = resourceOf(z.union([inviteeSchema.transform(({ event }) => event), reference]));

export const cancelledSchema = resourceOf(z.looseObject({}));

/** Every member is optional: titles do not fit their statuses, and a gateway's error is not even JSON. */
export const errorSchema = z.looseObject({
  title: text,
  message: text,
  required_scopes: z.array(z.string()).nullish(),
  details: z.array(z.looseObject({ parameter: text, code: text })).nullish(),
});

/** The id in a URI. */
export function idIn(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** The id of a row that may be malformed otherwise. */
export function rowId(row: unknown): string | null {
  const uri = z.looseObject({ uri: reference }).safeParse(row).data?.uri;
  return uri === undefined ? null : idIn(uri);
}
