import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter, RETRY_POLICIES, retryDelay } from './retry-policy.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const policies = fc.constantFrom(...Object.values(RETRY_POLICIES));

describe('retryDelay', () => {
  test('is never shorter than the provider asks, and jitters below an exponential bound', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 5 }),
        fc.option(fc.nat({ max: 3_600 })),
        random,
        (policy, attempt, asked, draw) => {
          const delay = retryDelay(policy, attempt, asked ?? undefined, () => draw);
          const askedMs = (asked ?? 0) * 1000;
          expect(delay).toBeGreaterThanOrEqual(askedMs);
          expect(delay).toBeLessThan(askedMs + policy.baseDelayMs * 2 ** (attempt - 1) + 1e-6);
        },
      ),
    );
  });
});

describe('parseRetryAfter', () => {
  test('reads seconds', () => {
    fc.assert(fc.property(fc.nat(), (seconds) => expect(parseRetryAfter(` ${seconds} `, NOW)).toBe(seconds)));
    expect(parseRetryAfter('1.5', NOW)).toBe(1.5);
  });

  test('reads HTTP dates, and never waits a negative time', () => {
    fc.assert(
      fc.property(fc.integer({ min: -86_400, max: 86_400 }), (seconds) => {
        const date = new Date(NOW + seconds * 1000).toUTCString();
        expect(parseRetryAfter(date, NOW)).toBe(Math.max(0, seconds));
      }),
    );
  });

  test('makes nothing of anything else', () => {
    for (const value of [null, '', 'soon', '-1x']) expect(parseRetryAfter(value, NOW)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        const seconds = parseRetryAfter(text, NOW);
        if (seconds !== undefined) expect(seconds).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
