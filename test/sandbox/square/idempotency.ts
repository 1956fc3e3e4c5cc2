import * as z from 'zod';
import { invalid } from './errors.ts';
import type { Seller } from './seller.ts';

const keyed = z.looseObject({ idempotency_key: z.string().max(255).nullish() });

/** Carries a write out once per key; a repetition gets the id of the first time, another request with the key nothing. */
export function once(seller: Seller, body: object, write: () => string): string {
  const { idempotency_key: key } = keyed.parse(body);
  if (!key) return write();
  const request = JSON.stringify(body);
  const answered = seller.answered.get(key);
  if (answered && answered.request !== request) throw invalid('IDEMPOTENCY_KEY_REUSED', 'idempotency_key');
  if (answered) return answered.id;
  const id = write();
  seller.answered.set(key, { request, id });
  return id;
}
