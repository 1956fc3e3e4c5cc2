/** Calendly's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

/** A full URI; its last segment is the record's id. */
const reference = z.string().regex(/^https:\/\/[^?#\s]+\/[A-Za-z0-9_-]+$/, 'must be the URI of a record');
const instant = z.string().refine((value) => !Number.isNaN(Date.parse(value)), 'must be a time');
const text = z.string().nullish();

/** A page of a list. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const pageSchema = z.looseObject({
  collection: z.array(z.unknown()),
  pagination: z.looseObject({ next_page_token: text }),
});
export type CalendlyPage = z.infer<typeof pageSchema>;

/** A list without pages. */
export const collectionSchema = z.looseObject({ collection: z.array(z.unknown()) });

export const resourceOf = <Schema extends z.ZodType>(schema: Schema) => z.looseObject({ resource: schema });

export const userSchema = z.looseObject({
  uri: reference,
  name: text,
  timezone: text,
  current_organization: reference.nullish(),
});
export type CalendlyUser = z.infer<typeof userSchema>;

export const membershipSchema = z.looseObject({ role: z.string(), organization: reference });

export const contactSchema = z.looseObject({
  uri: reference,
  name: text,
  emails: z.array(z.looseObject({ email: text, is_primary: z.boolean().nullish() })).nullish(),
  phone_numbers: z.array(z.looseObject({ phone_number: text })).nullish(),
  timezone: text,
  job_title: text,
  company: text,
  created_at: text,
  updated_at: instant,
});
export type CalendlyContact = z.infer<typeof contactSchema>;

const questionSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  position: z.number(),
  enabled: z.boolean().nullish(),
  required: z.boolean().nullish(),
});

/** How a meeting can take place; other members depend on the kind. */
const meetingPlaceSchema = z.looseObject({ kind: z.string(), location: text });
export type MeetingPlace = z.infer<typeof meetingPlaceSchema>;

export const eventTypeSchema = z.looseObject({
  uri: reference,
  name: text,
  active: z.boolean().nullish(),
  secret: z.boolean().nullish(),
  deleted_at: text,
  duration: z.number().nullish(),
  kind: text,
  pooling_type: text,
  booking_method: text,
  description_plain: text,
  is_paid: z.boolean().nullish(),
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
  invitees_remaining: z.number().nullish(),
});

export const eventSchema = z.looseObject({
  uri: reference,
  name: text,
  status: z.string(),
  start_time: instant,
  end_time: instant,
  event_type: reference.nullish(),
  location: z.looseObject({ type: text, location: z.unknown().optional() }).nullish(),
  invitees_counter: z.looseObject({ active: z.number().nullish(), limit: z.number().nullish() }).nullish(),
  event_memberships: z.array(z.looseObject({ user: reference, user_name: text })).nullish(),
  created_at: text,
  updated_at: instant,
});
export type CalendlyEvent = z.infer<typeof eventSchema>;

export const answerSchema = z.looseObject({ question: z.string(), answer: z.string(), position: z.number() });
export type CalendlyAnswer = z.infer<typeof answerSchema>;

export const inviteeSchema = z.looseObject({
  uri: reference,
  event: reference,
  status: z.string(),
  email: text,
  name: text,
  first_name: text,
  last_name: text,
  timezone: text,
  text_reminder_number: text,
  questions_and_answers: z.array(answerSchema).nullish(),
  tracking: z.looseObject({ utm_content: text }).nullish(),
  rescheduled: z.boolean().nullish(),
  payment: z.looseObject({ amount: z.union([z.string(), z.number()]).transform(String), currency: text }).nullish(),
  no_show: z.looseObject({}).nullish(),
  created_at: text,
  updated_at: text,
});
export type CalendlyInvitee = z.infer<typeof inviteeSchema>;

/** The reference page shows the invitee as `resource`; one client library's recording has the event's URI there. */
export const bookedSchema = z.union([
  resourceOf(inviteeSchema).transform(({ resource }) => ({ event: resource.event })),
  resourceOf(reference).transform(({ resource }) => ({ event: resource })),
]);

export const cancellationSchema = z.looseObject({ resource: z.looseObject({}) });

/** Every member is optional: titles do not fit their statuses, and a gateway's error is not even JSON. */
export const errorSchema = z.looseObject({
  title: text,
  message: text,
  required_scopes: z.array(z.string()).nullish(),
  details: z.array(z.looseObject({ parameter: text, code: text })).nullish(),
});
export type CalendlyError = z.infer<typeof errorSchema>;

/** The id in a URI. */
export function idIn(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** The id of a row that may be malformed otherwise. */
export function rowId(row: unknown): string | null {
  const uri = z.looseObject({ uri: reference }).safeParse(row).data?.uri;
  return uri === undefined ? null : idIn(uri);
}
