import { describe, expect, it } from '@jest/globals';
import { findMade } from './lost-answers.ts';
import { ScriptedHttp, sessionFor } from './scripted-http.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const session = { ...sessionFor(new ScriptedHttp(() => ({}))), now: () => NOW };
const find = (endedBy: number, found: string | null, unread = 0, searchLagMs = 5_000) => {
  const provider = { name: 'The provider', searchLagMs };
  return findMade(session, { startedAt: NOW - 60_000, endedBy }, provider, async () => ({ found, unread }));
};

describe('what a lost attempt has made', () => {
  it('is known as soon as it shows', async () => {
    expect(await find(NOW, 'it', 2)).toBe('it');
  });

  it('is nothing once it would show', async () => {
    expect(await find(NOW - 5_000, null)).toBeNull();
    expect(await find(NOW, null, 0, 0)).toBeNull();
  });

  it('is not known before', async () => {
    await expect(find(NOW - 3_500, null)).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryAfterSeconds: 2,
      outcomeUnknown: false,
    });
  });

  it('is not known when one of the records could not be read', async () => {
    await expect(find(NOW - 60_000, null, 1)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('is judged by when it was asked for, not by when the answer came', async () => {
    let now = NOW;
    const slow = { ...session, now: () => now };
    const look = async () => {
      now += 10_000;
      return { found: null, unread: 0 };
    };
    const asked = findMade(slow, { startedAt: NOW, endedBy: NOW }, { name: 'X', searchLagMs: 5_000 }, look);
    await expect(asked).rejects.toMatchObject({ retryAfterSeconds: 5 });
  });
});
