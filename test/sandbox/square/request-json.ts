import type * as z from 'zod';
import { invalid, SquareFailure } from './errors.ts';
import type { SquareContext } from './guard.ts';

/** A request's body, or Square's complaint about it. */
export async function jsonOf<Schema extends z.ZodType>(c: SquareContext, schema: Schema): Promise<z.output<Schema>> {
  let body: unknown;
  try {
    body = JSON.parse(await c.req.text());
  } catch {
    throw new SquareFailure(400, 'INVALID_REQUEST_ERROR', 'EXPECTED_JSON_BODY', 'JSON is needed.');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid('INVALID_VALUE', issue?.path.join('.') ?? '', issue?.message);
}
