import { randomUUID } from 'node:crypto';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { PropertyProblem } from './properties.ts';

/** An error answer of the CRM API; thrown by handlers and written by the app's error handler. */
export class HubSpotFailure extends Error {
  override readonly name = 'HubSpotFailure';
  readonly status: ContentfulStatusCode;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: ContentfulStatusCode, body: Readonly<Record<string, unknown>>) {
    super(String(body.message));
    this.status = status;
    this.body = body;
  }
}

function failure(status: ContentfulStatusCode, category: string, message: string, extra: object = {}): HubSpotFailure {
  return new HubSpotFailure(status, { status: 'error', message, correlationId: randomUUID(), category, ...extra });
}

export function validationFailed(message: string, errors: readonly PropertyProblem[] = []): HubSpotFailure {
  return failure(400, 'VALIDATION_ERROR', message, errors.length > 0 ? { errors } : {});
}

export function propertiesRejected(errors: readonly PropertyProblem[]): HubSpotFailure {
  return validationFailed(`Property values were not valid: ${errors.map(({ message }) => message).join('; ')}`, errors);
}

export function notFound(message = 'resource not found'): HubSpotFailure {
  return failure(404, 'OBJECT_NOT_FOUND', message);
}

export function contactExists(id: number): HubSpotFailure {
  return failure(409, 'CONFLICT', `Contact already exists. Existing ID: ${id}`);
}

export function unauthenticated(reason: 'missing' | 'unknown' | 'expired' | 'revoked'): HubSpotFailure {
  if (reason === 'missing') {
    return failure(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found. Send a bearer token.');
  }
  return failure(
    401,
    'EXPIRED_AUTHENTICATION',
    'The OAuth token used to make this call is expired or no longer valid.',
  );
}

export function missingScopes(scopes: readonly string[]): HubSpotFailure {
  return failure(403, 'MISSING_SCOPES', 'This app has not been granted all scopes that this call needs.', {
    errors: [{ message: 'These scopes are needed.', context: { requiredGranularScopes: scopes } }],
  });
}

/** The answer of a policy that ran out. */
export function rateLimited(policyName: 'TEN_SECONDLY_ROLLING' | 'SECONDLY'): HubSpotFailure {
  return new HubSpotFailure(429, {
    status: 'error',
    message: `You have reached your ${policyName.toLowerCase()} limit.`,
    errorType: 'RATE_LIMIT',
    correlationId: randomUUID(),
    policyName,
    requestId: randomUUID(),
  });
}

/** What HubSpot says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): Readonly<Record<string, unknown>> {
  if (status === 429) return rateLimited('TEN_SECONDLY_ROLLING').body;
  const categories: Record<number, string> = {
    400: 'VALIDATION_ERROR',
    401: 'EXPIRED_AUTHENTICATION',
    403: 'MISSING_SCOPES',
    404: 'OBJECT_NOT_FOUND',
    409: 'CONFLICT',
    423: 'LOCKED',
    477: 'MIGRATION_IN_PROGRESS',
  };
  const category = categories[status] ?? 'INTERNAL_ERROR';
  return { status: 'error', message: `Answer with status ${status}`, correlationId: randomUUID(), category };
}
