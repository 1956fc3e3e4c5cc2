/** Calendars that report changes: channels opened, listened to, moved and closed by the deployed functions. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GoogleCalendarControl } from '../sandbox/google-calendar/google-calendar-control.ts';
import { OutlookControl } from '../sandbox/outlook-calendar/outlook-control.ts';
import { HubUnderTest } from './support/hub-under-test.ts';

const workspaceId = 'barber';
const HOUR_MS = 60 * 60_000;
/** A notification waits for the end of its minute and ten seconds more; the sync follows. */
const EARLY_SYNC_MS = 90_000;
/** Next week, so that it is in what every sync lists. */
const start = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 7 * 24 * HOUR_MS).toISOString();
const end = new Date(Date.parse(start) + HOUR_MS).toISOString();

interface Watched {
  /** How many channels lead to the hub. */
  channels(): Promise<string[]>;
  /** A person writes an event into the calendar. */
  write(title: string): Promise<unknown>;
}

let hub: HubUnderTest;
const connected = new Map<string, { integrationId: string } & Watched>();

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 5 });
  const google = new GoogleCalendarControl(hub.sandbox);
  const outlook = new OutlookControl(hub.sandbox);
  const watched: Readonly<Record<string, Watched>> = {
    google_calendar: {
      channels: async () => (await all(google.channels())).map(({ address }) => address),
      write: (summary) => google.insert('primary', { summary, start: { dateTime: start }, end: { dateTime: end } }),
    },
    outlook_calendar: {
      channels: async () => (await outlook.subscriptions()).map(({ notificationUrl }) => notificationUrl),
      write: async (subject) => {
        const [main] = await all(outlook.calendars());
        return outlook.create({ calendarId: main?.id ?? '', start, end, fields: { subject } });
      },
    },
  };
  for (const [type, provider] of Object.entries(watched)) {
    const { integrationId } = await hub.connect(workspaceId, { type });
    connected.set(type, { integrationId, ...provider });
  }
}, 180_000);

afterAll(() => hub?.close());

function integration(type: string) {
  const found = connected.get(type);
  if (!found) throw new Error(`${type} is not connected`);
  const { integrationId } = found;
  const path = { workspaceId, integrationId };
  return { ...found, path, address: `${hub.hub.apiUrl}/webhooks/${type}/${integrationId}` };
}

/** What was written, as far as the hub knows it. */
async function mirrored(): Promise<string[]> {
  const query = { from: start, to: end };
  const { body } = await hub.api.call('listAppointments', { path: { workspaceId }, query });
  return body.appointments.flatMap(({ title }) => (title?.startsWith('Written in') ? [title] : []));
}

describe.each(['google_calendar', 'outlook_calendar'])('%s', (type) => {
  test('is watched from the moment on that it is connected', async () => {
    const { channels, address } = integration(type);
    await until(async () => (await channels()).length > 0, 10_000);
    expect(await channels()).toEqual([address]);
  });

  test('is believed through its own channel only', async () => {
    const { address } = integration(type);
    const secret = randomUUID();
    const forged = await fetch(address, {
      method: 'POST',
      headers: {
        'x-goog-channel-id': 'c',
        'x-goog-resource-id': 'r',
        'x-goog-resource-state': 'exists',
        'x-goog-channel-token': secret,
      },
      body: JSON.stringify({ value: [{ subscriptionId: 's', clientState: secret, changeType: 'updated' }] }),
    });
    expect([forged.status, await forged.json()]).toEqual([200, { accepted: 0 }]);
    const junk = await fetch(address, { method: 'POST', body: 'x' });
    expect([junk.status, await junk.json()]).toEqual([400, expect.objectContaining({ code: 'validation_failed' })]);
    const { body } = await hub.api.call('listSyncs', integration(type));
    expect(body.runs).toHaveLength(1);
  });
});

test('what a person changes is in the mirror soon, without anybody asking', async () => {
  for (const type of connected.keys()) await integration(type).write(`Written in ${type}`);
  await until(async () => (await mirrored()).length >= 2, EARLY_SYNC_MS);
  expect((await mirrored()).sort()).toEqual(['Written in google_calendar', 'Written in outlook_calendar']);
  for (const type of connected.keys()) {
    const { body } = await hub.api.call('listSyncs', integration(type));
    expect(body.runs.map(({ trigger, type: kind }) => [trigger, kind])).toEqual([
      ['webhook', 'incremental'],
      ['connect', 'full'],
    ]);
  }
});

test('other calendars in the settings are watched in place of the first', async () => {
  const { path, channels, address } = integration('google_calendar');
  const google = new GoogleCalendarControl(hub.sandbox);
  const own = (await all(google.calendars())).filter(({ accessRole }) => accessRole === 'owner');
  const chairs = own.map(({ id }) => id);
  expect(chairs.length).toBeGreaterThan(1);
  const calendars = chairs.slice(0, 2).map((staffId) => ({ staffId }));
  await hub.api.call('updateIntegration', { path, json: { config: { booking: { calendars } } } });
  await until(async () => (await channels()).length === 2, 10_000);
  expect(await channels()).toEqual([address, address]);
  const watched = (await all(google.channels())).map(({ calendarId }) => calendarId);
  expect(watched.sort()).toEqual(chairs.slice(0, 2).sort());
});

test.each(['google_calendar', 'outlook_calendar'])(
  '%s is not watched any more when it is disconnected',
  async (type) => {
    const { path, channels, address } = integration(type);
    await hub.api.call('disconnectIntegration', { path });
    expect(await channels()).toEqual([]);
    expect((await hub.items()).filter(({ pk }) => pk === `PUSH#${path.integrationId}`)).toEqual([]);
    // No handshake either: nobody may have an address of ours echo.
    const asked = await fetch(`${address}?validationToken=hello`, { method: 'POST' });
    expect(asked.status).toBe(type === 'outlook_calendar' ? 404 : 400);
  },
);

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

async function until(condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
