import { expect, test } from '@jest/globals';
import { unavailable } from './failures.ts';
import { allRows } from './pages.ts';

const stuck = () => unavailable('The pages stand still.');

test('all pages of a list are read, empty ones too', async () => {
  const pages = new Map<string | null, { rows: number[]; next: string | null | undefined }>([
    [null, { rows: [1, 2], next: 'b' }],
    ['b', { rows: [], next: 'c' }],
    ['c', { rows: [3], next: undefined }],
  ]);
  const read = async (token: string | null) => pages.get(token) ?? { rows: [], next: null };
  expect(await allRows(read, stuck)).toEqual([1, 2, 3]);
});

test('a page that leads to itself is an error', async () => {
  await expect(allRows(async () => ({ rows: [1], next: 'b' }), stuck)).rejects.toMatchObject({
    code: 'provider_unavailable',
  });
});
