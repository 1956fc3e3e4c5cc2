/** Mindbody's shapes, loose: ids come as text in one place and as numbers in another, and nulls come unannounced. */
import * as z from 'zod';

export const identifier = z.union([z.string().min(1), z.number()]).transform(String);
export const optionalId = identifier.nullish();
const text = z.union([z.string(), z.number().transform(String)]).nullish();
const flag = z.boolean().nullish();
const minutes = z.number().nullish();
const places = z.int().nullish();
/** "All dates are local to the site": no offset. Anything else would be misread, so it is refused. */
const localTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/, 'is no local time');
const named = z.looseObject({ Id: optionalId, Name: text }).nullish();

/** One page of any list. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export function pageSchema(member: string) {
  return z
    .looseObject({ PaginationResponse: z.looseObject({ TotalResults: z.number().nullish() }).nullish() })
    .transform((answer, context) => {
      const total = answer.PaginationResponse?.TotalResults ?? null;
      const rows = z.array(z.unknown()).safeParse(answer[member] ?? (total === 0 ? [] : undefined));
      if (rows.success) return { rows: rows.data, total };
      context.addIssue({ code: 'custom', path: [member], message: 'is no list' });
      return z.NEVER;
    });
}
/** `total`: what the answer says of the whole list; null when it says nothing. */
export type MindbodyPage = z.infer<ReturnType<typeof pageSchema>>;

/** `UniqueId` never changes; `Id` is the RSSID, which booking calls want and which the owner can change. */
export const clientSchema = z.looseObject({
  UniqueId: identifier,
  Id: identifier,
  FirstName: text,
  LastName: text,
  Email: text,
  MobilePhone: text,
  HomePhone: text,
  WorkPhone: text,
  Active: flag,
  IsProspect: flag,
  Status: text,
  CreationDate: text,
  LastModifiedDateTime: text,
});
export type MindbodyClient = z.infer<typeof clientSchema>;

/** `ClientId` is an RSSID. */
export const appointmentSchema = z.looseObject({
  Id: identifier,
  Status: text,
  StartDateTime: localTime,
  EndDateTime: localTime.nullish(),
  Duration: minutes,
  SessionTypeId: optionalId,
  LocationId: optionalId,
  StaffId: optionalId,
  ClientId: optionalId,
  Staff: z.looseObject({ DisplayName: text, FirstName: text, LastName: text }).nullish(),
  Notes: text,
  PartnerExternalId: text,
  IsWaitlist: flag,
});
export type MindbodyAppointment = z.infer<typeof appointmentSchema>;
export const bookedSchema = z.looseObject({ Appointment: appointmentSchema });

export const classSchema = z.looseObject({
  Id: identifier,
  StartDateTime: localTime,
  EndDateTime: localTime,
  IsCanceled: flag,
  MaxCapacity: places,
  TotalBooked: places,
  ClassScheduleId: optionalId,
  LastModifiedDateTime: text,
  Location: named,
  ClassDescription: z.looseObject({ Name: text, SessionType: named }).nullish(),
  Staff: z.looseObject({ Id: optionalId, DisplayName: text, Name: text }).nullish(),
});

export const sessionTypeSchema = z.looseObject({
  Id: identifier,
  Name: text,
  Type: text,
  DefaultTimeLength: minutes,
  OnlineDescription: text,
  ProgramId: optionalId,
});
export type MindbodySessionType = z.infer<typeof sessionTypeSchema>;

export const staffSchema = z.looseObject({
  Id: identifier,
  DisplayName: text,
  Name: text,
  FirstName: text,
  LastName: text,
  Email: text,
});

/** `BookableEndDateTime` is the latest start. */
export const availabilitySchema = z.looseObject({
  StartDateTime: localTime,
  EndDateTime: localTime,
  BookableEndDateTime: localTime.nullish(),
  Staff: z.looseObject({ Id: identifier }),
  Location: z.looseObject({ Id: identifier }),
  SessionType: z.looseObject({ DefaultTimeLength: minutes }).nullish(),
});
export type MindbodyAvailability = z.infer<typeof availabilitySchema>;

/** `09:30:00`; whatever stands before the time of day is ignored. */
export const sessionTimeSchema = z.string().transform((time, context) => {
  const [, ofDay] = /(?:^|[T ])((?:[01]\d|2[0-3]):[0-5]\d)(?::\d{2}(?:\.\d+)?)?$/.exec(time) ?? [];
  if (ofDay !== undefined) return ofDay;
  context.addIssue({ code: 'custom', message: 'is no time of day' });
  return z.NEVER;
});

const siteFacts = { Name: text, TimeZone: text, CurrencyIsoCode: text, CountryCode: text };
export const siteSchema = z.looseObject({ Id: identifier, ...siteFacts });
export const activationSchema = z.looseObject({ ActivationCode: z.string(), ActivationLink: text });
export const addedClientSchema = z.looseObject({ Client: clientSchema });
export const requiredFieldsSchema = z.looseObject({ RequiredClientFields: z.array(z.string()) });

/** Some server errors have only a message; a gateway's error is not even JSON. */
export const errorSchema = z.looseObject({ Error: z.looseObject({ Code: text }).nullish() });
