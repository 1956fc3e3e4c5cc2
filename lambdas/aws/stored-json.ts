/**
 * Foreign JSON is stored as text: DynamoDB's own types refuse numbers beyond 2^53 and nesting beyond 32 levels,
 * and marshalling a provider's whole record costs more than one `JSON.parse`.
 */
import * as z from 'zod';
import type { Json } from '../core/model/mirror-record.ts';

/** For members of a document that came out of `JSON.parse`: it is JSON already, so there is nothing to check. */
export const jsonSchema = z.custom<Json>();

/** A stored text that holds a JSON document of the given shape. */
export function jsonTextOf<T>(schema: z.ZodType<T>) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export function toJsonText(value: unknown): string {
  return JSON.stringify(value ?? null);
}
