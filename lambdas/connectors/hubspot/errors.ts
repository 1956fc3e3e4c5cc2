import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, unavailable } from '../kit/failures.ts';
import { errorSchema, type HubSpotError } from './schemas.ts';

/** HubSpot names no time for these; an hour keeps a sync from knocking on an exhausted daily quota. */
const DAILY_PAUSE_SECONDS = 3_600;
const POLICY_PAUSE_SECONDS: Readonly<Record<string, number>> = {
  DAILY: DAILY_PAUSE_SECONDS,
  TEN_SECONDLY_ROLLING: 10,
  SECONDLY: 1,
};

/**
 * HubSpot's error answers in the hub's terms (HubSpot "Error handling", "API usage guidelines"). A `Retry-After` that
 * the answer carries overrides the pauses named here.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const error: HubSpotError = errorSchema.safeParse(body).data ?? {};
  switch (status) {
    case 400:
      return error.category === 'VALIDATION_ERROR' ? validationError(error) : null;
    case 403:
      return error.category === 'MISSING_SCOPES' ? missingScopes(error) : null;
    case 423:
      return new HubError('rate_limited', {
        detail: 'HubSpot has locked this record for a moment.',
        retryAfterSeconds: 2,
      });
    case 429:
      return limited('HubSpot', POLICY_PAUSE_SECONDS[error.policyName ?? ''] ?? 10);
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

function validationError(error: HubSpotError): HubError {
  const details = error.errors ?? [];
  return notAccepted('HubSpot', [
    ...details.flatMap((detail) => [detail.code, detail.in, ...texts(detail.context?.propertyName)]),
    ...namedInMessage(error.message ?? ''),
  ]);
}

/** Property errors also come as JSON within the message; its values stay out. */
function namedInMessage(message: string): string[] {
  return [...message.matchAll(/"(?:error|name)"\s*:\s*"([^"]+)"/g)].flatMap((match) => match[1] ?? []);
}

function missingScopes(error: HubSpotError): HubError {
  const contexts = [error.context, ...(error.errors ?? []).map((detail) => detail.context)];
  return missingScope(
    'HubSpot',
    contexts.flatMap((context) => texts(context?.requiredGranularScopes)),
  );
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
