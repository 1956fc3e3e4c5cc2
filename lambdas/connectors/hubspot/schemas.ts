/** HubSpot's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

const propertiesSchema = z.record(z.string(), z.string().nullish());
export type HubSpotProperties = z.infer<typeof propertiesSchema>;

const pagingSchema = z.looseObject({ next: z.looseObject({ after: z.string() }).nullish() }).nullish();

/** A contact or a deal; a deal may carry its links to contacts. */
export const objectSchema = z.looseObject({
  id: z.string().regex(/^\d+$/),
  properties: propertiesSchema,
  associations: z
    .looseObject({
      contacts: z.looseObject({ results: z.array(z.looseObject({ id: z.string() })), paging: pagingSchema }).nullish(),
    })
    .nullish(),
});
export type HubSpotObject = z.infer<typeof objectSchema>;

/** A page of a list or a search. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const pageSchema = z.looseObject({ results: z.array(z.unknown()), paging: pagingSchema });
export type HubSpotPage = z.infer<typeof pageSchema>;

/** The guides show `toObjectId` (number), older answers `id` (text). */
const linkedSchema = z
  .looseObject({ toObjectId: z.union([z.string(), z.number()]).nullish(), id: z.string().nullish() })
  .transform((linked) => String(linked.toObjectId ?? linked.id ?? ''));

export const linksSchema = z.looseObject({
  results: z.array(
    z.looseObject({ from: z.looseObject({ id: z.string() }), to: z.array(linkedSchema), paging: pagingSchema }),
  ),
  errors: z
    .array(
      z.looseObject({
        category: z.string().nullish(),
        context: z.looseObject({ fromObjectId: z.array(z.string()).nullish() }).nullish(),
      }),
    )
    .nullish(),
});

const stageSchema = z.looseObject({
  id: z.string(),
  label: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

export const pipelinesSchema = z.looseObject({
  results: z.array(z.looseObject({ id: z.string(), label: z.string().nullish(), stages: z.array(stageSchema) })),
});
export type HubSpotPipeline = z.infer<typeof pipelinesSchema>['results'][number];

export const accountSchema = z.looseObject({
  portalId: z.union([z.string(), z.number()]).transform(String),
  accountType: z.string().nullish(),
  timeZone: z.string().nullish(),
  uiDomain: z.string().nullish(),
  dataHostingLocation: z.string().nullish(),
});

const contextSchema = z.record(z.string(), z.unknown()).nullish();

/** Every member of an error body is optional; a gateway's error is not even JSON. */
export const errorSchema = z.looseObject({
  message: z.string().nullish(),
  category: z.string().nullish(),
  policyName: z.string().nullish(),
  context: contextSchema,
  errors: z
    .array(z.looseObject({ code: z.string().nullish(), in: z.string().nullish(), context: contextSchema }))
    .nullish(),
});
export type HubSpotError = z.infer<typeof errorSchema>;
