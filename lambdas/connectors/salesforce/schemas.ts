/** Salesforce's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

/** A record's id. Those of 15 characters depend on case; the 18 say the same for everybody ("Record IDs"). */
export const recordIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/, 'is no record id')
  .transform(withChecksum);

const textMember = z.string().nullish();

/** What every record has. */
const recordShape = {
  Id: recordIdSchema,
  OwnerId: textMember,
  IsDeleted: z.boolean().nullish(),
  CreatedDate: textMember,
  SystemModstamp: textMember,
};

/** What contacts and leads have in common. */
const personShape = {
  ...recordShape,
  FirstName: textMember,
  LastName: textMember,
  Email: textMember,
  Phone: textMember,
  MobilePhone: textMember,
};

export const contactSchema = z.looseObject({
  ...personShape,
  HomePhone: textMember,
  OtherPhone: textMember,
  IsPersonAccount: z.boolean().nullish(),
  Account: z.looseObject({ Name: textMember }).nullish(),
});
export type SalesforceContact = z.infer<typeof contactSchema>;

export const leadSchema = z.looseObject({ ...personShape, Company: textMember, Status: textMember });
export type SalesforceLead = z.infer<typeof leadSchema>;

export const opportunitySchema = z.looseObject({
  ...recordShape,
  Name: textMember,
  StageName: textMember,
  Amount: z.number().nullish(),
  CurrencyIsoCode: textMember,
  CloseDate: textMember,
  IsClosed: z.boolean().nullish(),
  IsWon: z.boolean().nullish(),
  ContactId: recordIdSchema.nullish(),
});
export type SalesforceOpportunity = z.infer<typeof opportunitySchema>;

/** A row's place in a feed by time of change. */
export const changeSchema = z.looseObject({
  Id: recordIdSchema,
  SystemModstamp: z.string().refine((stamp) => !Number.isNaN(Date.parse(stamp)), 'is no instant'),
});

/** `OpportunityContactRole`. */
export const roleSchema = z.looseObject({ OpportunityId: recordIdSchema, ContactId: recordIdSchema.nullish() });

/** A page of a query. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const queryPageSchema = z.looseObject({ done: z.boolean(), records: z.array(z.unknown()) });
export type QueryPage = z.infer<typeof queryPageSchema>;

export const searchSchema = z.looseObject({
  searchRecords: z.array(z.looseObject({ Id: recordIdSchema, attributes: z.looseObject({ type: z.string() }) })),
});

export const describeSchema = z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) });

export const deletedSchema = z.looseObject({
  deletedRecords: z.array(z.looseObject({ id: recordIdSchema })),
  earliestDateAvailable: z.string(),
  latestDateCovered: z.string(),
});

export const createdSchema = z.looseObject({ id: recordIdSchema, success: z.literal(true) });

export const organizationSchema = z.looseObject({ Id: recordIdSchema, Name: textMember, TimeZoneSidKey: textMember });

const duplicatesSchema = z
  .looseObject({
    matchResults: z
      .array(
        z.looseObject({
          matchRecords: z.array(z.looseObject({ record: z.looseObject({ Id: recordIdSchema }).nullish() })).nullish(),
        }),
      )
      .nullish(),
  })
  .nullish();

/** Errors come as an array. Salesforce really writes `duplicateResut`; both spellings are read. */
export const errorsSchema = z.array(
  z.looseObject({
    errorCode: textMember,
    message: textMember,
    fields: z.array(z.string()).nullish(),
    duplicateResut: duplicatesSchema,
    duplicateResult: duplicatesSchema,
  }),
);
export type SalesforceErrors = z.infer<typeof errorsSchema>;

const CHECKSUM_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The 18-character form: three more characters say which letters of each five are capitals. */
function withChecksum(id: string): string {
  if (id.length !== 15) return id;
  const suffix = [0, 5, 10].map((start) => {
    const capitals = [...id.slice(start, start + 5)].map((character, bit) => (/[A-Z]/.test(character) ? 1 << bit : 0));
    return CHECKSUM_CHARACTERS[capitals.reduce((sum, bit) => sum + bit, 0)];
  });
  return id + suffix.join('');
}
