/** Salesforce's shapes, loose: only what is read here is checked. */
import * as z from 'zod';
import { idOf } from '../kit/read-each.ts';

/** A record's id. Those of 15 characters depend on case; the 18 say the same for everybody ("Record IDs"). */
export const recordIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/, 'is no record id')
  .transform(withChecksum);

const id = recordIdSchema;
const text = z.string().nullish();
const flag = z.boolean().nullish();

const recordShape = { Id: id, OwnerId: text, IsDeleted: flag, CreatedDate: text, SystemModstamp: text };
const personShape = {
  ...recordShape,
  FirstName: text,
  LastName: text,
  Email: text,
  Phone: text,
  MobilePhone: text,
};

export const contactSchema = z.looseObject({
  ...personShape,
  HomePhone: text,
  OtherPhone: text,
  IsPersonAccount: flag,
  Account: z.looseObject({ Name: text }).nullish(),
});
export type SalesforceContact = z.infer<typeof contactSchema>;

export const leadSchema = z.looseObject({ ...personShape, Company: text, Status: text });
export type SalesforceLead = z.infer<typeof leadSchema>;

export const opportunitySchema = z.looseObject({
  ...recordShape,
  Name: text,
  StageName: text,
  Amount: z.number().nullish(),
  CurrencyIsoCode: text,
  CloseDate: text,
  IsClosed: flag,
  IsWon: flag,
  ContactId: id.nullish(),
});
export type SalesforceOpportunity = z.infer<typeof opportunitySchema>;

/** A row's place in a feed by time of change. */
export const changeSchema = z.looseObject({
  Id: id,
  SystemModstamp: z.string().refine((stamp) => !Number.isNaN(Date.parse(stamp)), 'is no instant'),
});
export const goneSchema = z.looseObject({ Id: id, IsDeleted: z.literal(true) });

/** `OpportunityContactRole`. */
export const roleSchema = z.looseObject({ OpportunityId: id, ContactId: id.nullish() });

/** A page of a query. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const queryPageSchema = z.looseObject({ done: z.boolean(), records: z.array(z.unknown()) });
export type QueryPage = z.infer<typeof queryPageSchema>;

export const searchSchema = z.looseObject({
  searchRecords: z.array(z.looseObject({ Id: id, attributes: z.looseObject({ type: z.string() }) })),
});

export const describeSchema = z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) });

export const deletedSchema = z.looseObject({
  deletedRecords: z.array(z.looseObject({ id })),
  earliestDateAvailable: z.string(),
  latestDateCovered: z.string(),
});

export const createdSchema = z.looseObject({ id, success: z.literal(true) });

export const organizationSchema = z.looseObject({ Id: id, Name: text, TimeZoneSidKey: text });

const matchRecord = z.looseObject({ record: z.looseObject({ Id: id }).nullish() });
const matchResult = z.looseObject({ matchRecords: z.array(matchRecord).nullish() });
const duplicates = z.looseObject({ matchResults: z.array(matchResult).nullish() }).nullish();

/** Errors come as an array. Salesforce really writes `duplicateResut`; both spellings are read. */
export const errorsSchema = z.array(
  z.looseObject({
    errorCode: text,
    message: text,
    fields: z.array(z.string()).nullish(),
    duplicateResut: duplicates,
    duplicateResult: duplicates,
  }),
);

/** The id of a row that may be malformed otherwise. */
export function rowId(row: unknown): string | null {
  return recordIdSchema.safeParse(idOf(row, 'Id')).data ?? null;
}

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
