import { expect, test } from '@jest/globals';
import { oncePerHour } from './hourly.ts';
import { ScriptedHttp, sessionFor } from './scripted-http.ts';

const HOUR_MS = 60 * 60_000;
const sessionOf = (siteId: string, now: number) => ({
  ...sessionFor(new ScriptedHttp(() => ({})), { connection: { siteId } }),
  now: () => now,
});

test('an answer is kept for an hour, for its own account and question only', async () => {
  const asked: string[] = [];
  const ask = oncePerHour(
    ({ config }) => config.connection.siteId ?? '',
    async ({ config }, key) => {
      asked.push(`${config.connection.siteId} ${key}`);
      return asked.length;
    },
  );
  expect(await ask(sessionOf('1', 0), 'a')).toBe(1);
  expect(await ask(sessionOf('1', HOUR_MS - 1), 'a')).toBe(1);
  expect(await ask(sessionOf('1', 0), 'b')).toBe(2);
  expect(await ask(sessionOf('2', 0), 'a')).toBe(3);
  expect(await ask(sessionOf('1', HOUR_MS), 'a')).toBe(4);
  expect(asked).toEqual(['1 a', '1 b', '2 a', '1 a']);
});

test('a question that failed is asked again', async () => {
  let asked = 0;
  const ask = oncePerHour(
    () => '1',
    async () => {
      asked += 1;
      if (asked === 1) throw new Error('not now');
      return asked;
    },
  );
  await expect(ask(sessionOf('1', 0))).rejects.toThrow('not now');
  expect(await ask(sessionOf('1', 0))).toBe(2);
});
