/** HubSpot's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

const text = z.string().nullish();
const number = z.union([z.string(), z.number()]);

const propertiesSchema = z.record(z.string(), text);
export type HubSpotProperties = z.infer<typeof propertiesSchema>;

const paging = z.looseObject({ next: z.looseObject({ after: z.string() }).nullish() }).nullish();
const linksIncluded = z.looseObject({ results: z.array(z.looseObject({ id: z.string() })), paging });

/** A contact or a deal; a deal may carry its links to contacts. */
export const objectSchema = z.looseObject({
  id: z.string().regex(/^\d+$/),
  properties: propertiesSchema,
  associations: z.looseObject({ contacts: linksIncluded.nullish() }).nullish(),
});
export type HubSpotObject = z.infer<typeof objectSchema>;

/** A page of a list or a search. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const pageSchema = z.looseObject({ results: z.array(z.unknown()), paging });
export type HubSpotPage = z.infer<typeof pageSchema>;

/** The guides show `toObjectId` (number), older answers `id` (text). */
const linkedSchema = z
  .looseObject({ toObjectId: number.nullish(), id: text })
  .transform((linked) => String(linked.toObjectId ?? linked.id ?? ''));

const unlinkedSchema = z.looseObject({
  category: text,
  context: z.looseObject({ fromObjectId: z.array(z.string()).nullish() }).nullish(),
});

export const linksSchema = z.looseObject({
  results: z.array(z.looseObject({ from: z.looseObject({ id: z.string() }), to: z.array(linkedSchema), paging })),
  errors: z.array(unlinkedSchema).nullish(),
});

const metadata = z.record(z.string(), z.unknown()).nullish();
const stageSchema = z.looseObject({ id: z.string(), label: text, metadata });

export const pipelinesSchema = z.looseObject({
  results: z.array(z.looseObject({ id: z.string(), label: text, stages: z.array(stageSchema) })),
});
export type HubSpotPipeline = z.infer<typeof pipelinesSchema>['results'][number];

const attribute = text.transform((value) => value ?? null);
export const accountSchema = z.looseObject({
  portalId: number.transform(String),
  accountType: attribute,
  timeZone: attribute,
  uiDomain: attribute,
  dataHostingLocation: attribute,
});

const context = z.record(z.string(), z.unknown()).nullish();

/** Every member of an error body is optional; a gateway's error is not even JSON. */
export const errorSchema = z.looseObject({
  message: text,
  category: text,
  policyName: text,
  context,
  errors: z.array(z.looseObject({ code: text, in: text, context })).nullish(),
});
export type HubSpotError = z.infer<typeof errorSchema>;
