import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoPushChannelStore } from './dynamo-push-channel-store.ts';

let dynalite: DynaliteTable;
let store: DynamoPushChannelStore;

beforeAll(async () => {
  dynalite = await startDynalite();
  store = new DynamoPushChannelStore(dynalite.table);
});
afterAll(() => dynalite.close());

const channel = {
  channelId: 'c1',
  subject: 'chair@group.calendar.google.com',
  secretHash: 'abc',
  providerId: null,
  address: 'https://hub.example/webhooks/google_calendar/int_1',
  renewAt: 1,
  expiresAt: 2,
};
const about = (integrationId: string) => ({ workspaceId: 'ws', integrationId, channels: [], checkAt: 0, version: 0 });

test('keeps what is saved, by the integration alone', async () => {
  expect(await store.get('int_a')).toBeNull();
  const saved = await store.save({ ...about('int_a'), channels: [channel], checkAt: 9 });
  expect(saved).toEqual({ ...about('int_a'), channels: [channel], checkAt: 9, version: 1 });
  expect(await store.get('int_a')).toEqual(saved);
  expect(await store.get('int_a#PUSH')).toBeNull();
  await store.delete('int_a');
  expect(await store.get('int_a')).toBeNull();
});

test('lets one of many writers through, whether or not there was anything before', async () => {
  const write = (version: number) =>
    Promise.all(Array.from({ length: 8 }, (_, checkAt) => store.save({ ...about('int_b'), version, checkAt })));
  for (const version of [0, 1]) {
    const winners = (await write(version)).filter((saved) => saved !== null);
    expect(winners).toHaveLength(1);
    expect(await store.get('int_b')).toEqual(winners[0]);
  }
  expect(await store.save({ ...about('int_b'), version: 1 })).toBeNull();
});
