/** HubSpot's shapes, loose: only what is read here is checked. */
import * as z from 'zod';
import type { PullPage } from '../connector.ts';

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

export type Rejected = PullPage['rejected'][number];

/** Reads rows one by one; those that `read` throws on are set aside with a reason that holds none of their data. */
export function readEach<Row, T>(rows: readonly Row[], read: (row: Row) => T): { read: T[]; rejected: Rejected[] } {
  const done: T[] = [];
  const rejected: Rejected[] = [];
  for (const [position, row] of rows.entries()) {
    try {
      done.push(read(row));
    } catch (error) {
      // One unreadable record must not stop the page; it is counted and named in the run instead.
      rejected.push({ id: idOf(row) ?? `(position ${position})`, reason: reasonOf(error) });
    }
  }
  return { read: done, rejected };
}

const idSchema = z.looseObject({ id: z.union([z.string(), z.number()]).transform(String) });

/** The id of a row that may be malformed otherwise. */
export function idOf(row: unknown): string | null {
  return idSchema.safeParse(row).data?.id ?? null;
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    // Reasons are logged, and a provider may use anything as a property's name.
    const nameOf = (part: PropertyKey) => (/^[A-Za-z]\w{0,63}$|^\d+$/.test(String(part)) ? String(part) : '(unnamed)');
    return error.issues.map(({ path, message }) => `${path.map(nameOf).join('.') || 'record'}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.name : 'unreadable';
}
