import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, unavailable } from '../kit/failures.ts';
import { errorSchema, type HubSpotError } from './schemas.ts';

/** In seconds. HubSpot names no time for these; an hour keeps a sync from knocking on an exhausted daily quota. */
const PAUSES: Readonly<Record<string, number>> = { DAILY: 3_600, TEN_SECONDLY_ROLLING: 10, SECONDLY: 1 };

/**
 * HubSpot's error answers in the hub's terms (HubSpot "Error handling", "API usage guidelines"). A `Retry-After` that
 * the answer carries overrides the pauses named here.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const error: HubSpotError = errorSchema.safeParse(body).data ?? {};
  switch (status) {
    case 400:
      return error.category === 'VALIDATION_ERROR' ? notAccepted('HubSpot', namedIn(error)) : null;
    case 403:
      return error.category === 'MISSING_SCOPES' ? missingScope('HubSpot', missingScopes(error)) : null;
    case 423: {
      const detail = 'HubSpot has locked this record for a moment.';
      return new HubError('rate_limited', { detail, retryAfterSeconds: 2 });
    }
    case 429:
      return limited('HubSpot', PAUSES[error.policyName ?? ''] ?? 10);
    case 477:
      return unavailable('HubSpot is moving this account to another data centre.', 600);
    default:
      return status >= 500 ? unavailable(`HubSpot answered with status ${status}.`) : null;
  }
}

/** The id of the contact that stands in the way of a new one; HubSpot names it only in the message. */
export function existingIdOf(body: unknown): string | null {
  const message = errorSchema.safeParse(body).data?.message ?? '';
  return /Existing ID:\s*(\d+)/i.exec(message)?.[1] ?? null;
}

/** Codes and properties. Property errors also come as JSON within the message; its values stay out. */
function namedIn({ message, errors }: HubSpotError) {
  const inMessage = (message ?? '').matchAll(/"(?:error|name)"\s*:\s*"([^"]+)"/g);
  const details = (errors ?? []).flatMap(({ code, in: place, context }) => [
    code,
    place,
    ...texts(context?.propertyName),
  ]);
  return [...details, ...[...inMessage].map((match) => match[1])];
}

function missingScopes({ context, errors }: HubSpotError): string[] {
  const contexts = [context, ...(errors ?? []).map((detail) => detail.context)];
  return contexts.flatMap((given) => texts(given?.requiredGranularScopes));
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
