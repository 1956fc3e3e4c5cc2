import * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, refusal, slotTaken, unavailable } from '../kit/failures.ts';

const errorSchema = z.looseObject({
  message: z.string().nullish(),
  code: z.string().nullish(),
  field: z.string().nullish(),
});

export function notAsAgreed(): HubError {
  return refusal('Fresha does not answer as its partner agreement says.');
}

/**
 * Nothing is known of Fresha's errors: these are the common meanings of statuses. An answer that is not JSON, or a good
 * one that can't be read, did not come from an API as agreed, and asking again will not change that.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const { message, code, field } = errorSchema.safeParse(body).data ?? {};
  const isObject = typeof body === 'object' && body !== null;
  if (status < 300 || (status < 500 && status !== 429 && !isObject)) return notAsAgreed();
  switch (status) {
    case 403:
      return missingScope('Fresha', [code]);
    case 409:
      return slotTaken();
    case 422:
      return /time|slot/i.test(`${field ?? ''} ${message ?? ''}`) ? slotTaken() : notAccepted('Fresha', [code, field]);
    case 429:
      return limited('Fresha', 10);
    default:
      return status >= 500 ? unavailable(`Fresha answered with status ${status}.`) : null;
  }
}
