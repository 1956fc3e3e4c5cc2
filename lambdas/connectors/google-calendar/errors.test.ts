import { describe, expect, it } from '@jest/globals';
import { classifyError } from './errors.ts';
import { errorBody } from './fixtures/event-row.ts';

const codeOf = (status: number, body: unknown) => classifyError({ status, body })?.code ?? null;

describe('an error of Google Calendar', () => {
  it.each([
    [403, errorBody(403, 'rateLimitExceeded', 'usageLimits'), 'rate_limited', 5],
    [403, errorBody(403, 'userRateLimitExceeded', 'usageLimits'), 'rate_limited', 5],
    [429, errorBody(429, 'rateLimitExceeded', 'usageLimits'), 'rate_limited', 5],
    [429, undefined, 'rate_limited', 5],
    [403, errorBody(403, 'quotaExceeded', 'usageLimits'), 'rate_limited', 3_600],
    [403, errorBody(403, 'insufficientPermissions'), 'missing_scope', undefined],
    [403, errorBody(403, 'accessNotConfigured', 'usageLimits'), 'internal', undefined],
    [401, errorBody(401, 'push.webhookUrlUnauthorized'), 'internal', undefined],
    [403, errorBody(403, 'push.webhookUrlUnauthorized'), 'internal', undefined],
    [400, errorBody(400, 'push.webhookUrlNotHttps'), 'provider_rejected', undefined],
    [403, errorBody(403, 'notACalendarUser'), 'plan_required', undefined],
    [403, errorBody(403, 'forbiddenForNonOrganizer'), 'provider_rejected', undefined],
    [403, errorBody(403, 'forbidden'), 'provider_rejected', undefined],
    [400, errorBody(400, 'timeRangeEmpty'), 'provider_rejected', undefined],
    [410, errorBody(410, 'deleted'), 'not_found', undefined],
    [409, errorBody(409, 'conflict'), 'provider_unavailable', undefined],
    [412, errorBody(412, 'conditionNotMet'), 'provider_unavailable', undefined],
    [500, errorBody(500, 'backendError'), 'provider_unavailable', undefined],
    [503, '<html>', 'provider_unavailable', undefined],
  ])('%d %j is %s', (status, body, code, retryAfterSeconds) => {
    expect(classifyError({ status, body })).toMatchObject({ code, retryAfterSeconds });
  });

  it('is known by its details, too', () => {
    const details = (reason: string) => ({
      error: { code: 403, status: 'PERMISSION_DENIED', details: [{ '@type': 'ErrorInfo', reason }] },
    });
    expect(codeOf(403, details('ACCESS_TOKEN_SCOPE_INSUFFICIENT'))).toBe('missing_scope');
    expect(codeOf(403, details('RATE_LIMIT_EXCEEDED'))).toBe('rate_limited');
    expect(codeOf(403, details('SERVICE_DISABLED'))).toBe('internal');
  });

  it('that says nothing, or that the common rules know, is left to them', () => {
    expect(codeOf(403, {})).toBeNull();
    expect(codeOf(401, errorBody(401, 'authError'))).toBeNull();
    expect(codeOf(404, errorBody(404, 'notFound'))).toBeNull();
    expect(codeOf(418, null)).toBeNull();
  });

  it('names codes and no values', () => {
    const body = {
      error: {
        code: 400,
        message: 'ada@mailbox.example is bad',
        errors: [{ reason: 'invalid' }, { reason: 'ada@x.example' }],
      },
    };
    const { message = '' } = classifyError({ status: 400, body }) ?? {};
    expect(message).toContain('invalid');
    expect(message).not.toContain('@');
  });
});
