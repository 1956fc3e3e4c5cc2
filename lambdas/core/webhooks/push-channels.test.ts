import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryPushChannels, MemoryRuns, MemoryStates } from '../../../test/faults/support/memory-stores.ts';
import { ProviderWorld } from '../../connectors/conformance/provider-world.ts';
import type {
  ChannelNotice,
  ChannelOperations,
  ChannelRequest,
  IntegrationConnector,
} from '../../connectors/connector.ts';
import { ConnectorFactory } from '../../connectors/factory.ts';
import { HubError, validationFailed } from '../errors.ts';
import type { RawRequest } from '../http/parse-request.ts';
import { establishConnection } from '../integrations/establish-connection.ts';
import { disconnectIntegration, updateIntegration } from '../integrations/manage-integrations.ts';
import { reconcileIntegrations } from '../integrations/reconcile-integrations.ts';
import { closeChannels } from './close-channels.ts';
import { keepChannels } from './keep-channels.ts';
import { receiveNotification } from './receive-notification.ts';

const HOUR = 60 * 60_000;
const LIFE = 100 * HOUR;
const ORIGIN = 'https://hub.example.com';

/** Where channels are: a provider that remembers what it was asked. */
class ModelProvider {
  readonly open = new Map<string, ChannelRequest & { readonly expiresAt: number }>();
  /** All that were ever opened, by subject. */
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  subjects: string[] = ['chair 1', 'chair 2'];
  renewable = false;
  /** Throws instead of doing what is asked. */
  failure: (doing: string, subject: string) => Error | null = () => null;
  /** Called while the provider works on an opening. */
  meanwhile: (request: ChannelRequest) => Promise<void> = async () => undefined;
  /** What it grants of the life that is asked for, in ms. */
  longest = LIFE;

  operations(now: () => number): ChannelOperations {
    const fail = (doing: string, subject = '') => {
      const failure = this.failure(doing, subject);
      if (failure) throw failure;
    };
    const until = (expiresAt: number) => Math.min(expiresAt, now() + this.longest);
    return {
      watchedSubjects: async () => {
        fail('list');
        return this.subjects;
      },
      openChannel: async (_session, request) => {
        fail('open', request.subject);
        const providerId = `p${this.opened.length}`;
        this.opened.push(request.subject);
        this.open.set(providerId, { ...request, expiresAt: until(request.expiresAt) });
        await this.meanwhile(request);
        return { providerId, expiresAt: until(request.expiresAt) };
      },
      ...(this.renewable
        ? {
            renewChannel: async (_session, { providerId }, expiresAt) => {
              fail('renew');
              const known = this.open.get(providerId ?? '');
              if (!known) return null;
              this.open.set(providerId ?? '', { ...known, expiresAt: until(expiresAt) });
              return { providerId: providerId ?? '', expiresAt: until(expiresAt) };
            },
          }
        : {}),
      closeChannel: async (_session, { providerId, subject }) => {
        fail('close', subject);
        this.closed.push(subject);
        this.open.delete(providerId ?? '');
      },
      answerHandshake: ({ parameters }) => parameters.get('validate'),
      readNotices: ({ body }) => {
        if (body === '') throw validationFailed('body', 'is empty');
        return JSON.parse(body);
      },
    };
  }

  watched(): string[] {
    return [...this.open.values()].map(({ subject }) => subject).sort();
  }
}

let provider: ModelProvider;
let world: ProviderWorld;
let pushChannels: MemoryPushChannels;
let counted: string[];

beforeEach(() => {
  provider = new ModelProvider();
  counted = [];
  pushChannels = new MemoryPushChannels();
  enter();
});

/** Builds the hub around the provider as it is now. */
function enter(): void {
  const connector: IntegrationConnector = {
    manifest: { ...ConnectorFactory.manifest('google_calendar'), pushChannels: { lifeMs: LIFE } },
    identifyAccount: async () => ({ id: 'A', name: null, attributes: {} }),
    testConnection: async () => undefined,
    channels: provider.operations(() => world.now),
  };
  world = new ProviderWorld(connector, { account: { script: () => undefined, id: 'A' } });
}

const ports = () => ({
  ...world.ports,
  pushChannels,
  metrics: { count: (name: string) => void counted.push(name), duration: () => undefined },
});

const keep = (renew = false) => {
  const { workspaceId, integrationId } = world.integration;
  return keepChannels(ports(), ORIGIN, { workspaceId, integrationId, type: 'channels', renew });
};
const stored = () => pushChannels.current?.channels ?? [];

function deliver(delivery: Partial<RawRequest> & { notices?: unknown } = {}) {
  const { notices, ...request } = delivery;
  const { type, integrationId } = world.integration;
  const body = notices === undefined ? '' : JSON.stringify(notices);
  const whole = { path: { type, integrationId }, query: {}, parameters: new URLSearchParams(), headers: {}, body };
  const settings = { connector: async () => world.connector };
  return receiveNotification(ports(), settings, { ...whole, ...request });
}

function noticeOf(subject: string, kind: ChannelNotice['kind'] = 'changed'): ChannelNotice {
  const [providerId, request] = [...provider.open].find(([, open]) => open.subject === subject) ?? [];
  if (!providerId || !request) throw new Error(`nobody watches ${subject}`);
  return { channelId: request.channelId, providerId, secret: request.secret, kind };
}

describe('channels are kept', () => {
  test('one for each subject, at our own address, with a secret that is nowhere in the table or the log', async () => {
    expect(await keep()).toBe('kept');
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
    const secrets = [...provider.open.values()].map(({ secret }) => secret);
    expect(new Set(secrets).size).toBe(2);
    for (const { address, secret, channelId } of provider.open.values()) {
      expect(address).toBe(`${ORIGIN}/webhooks/google_calendar/${world.integration.integrationId}`);
      expect(channelId).toMatch(/^[0-9a-f]{32}$/);
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(JSON.stringify(pushChannels.current) + world.log.join()).not.toContain(secret);
    }
  });

  test('until half of their life is over, and then replaced before the old ones are closed', async () => {
    await keep();
    world.now += LIFE / 2 - 1;
    await keep();
    expect(provider.opened).toHaveLength(2);
    world.now += 1;
    expect(pushChannels.current?.checkAt).toBeLessThanOrEqual(world.now);
    provider.meanwhile = async ({ subject }) => {
      expect(provider.watched().filter((watched) => watched === subject)).toHaveLength(2);
    };
    await keep();
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
    expect(provider.closed.sort()).toEqual(['chair 1', 'chair 2']);
    expect(stored()).toHaveLength(2);
  });

  test('by the life that the provider grants, not by the one that was asked for', async () => {
    provider.longest = 10 * HOUR;
    await keep();
    expect(pushChannels.current?.checkAt).toBe(world.now + 5 * HOUR);
    world.now += 5 * HOUR;
    await keep();
    expect(provider.opened).toHaveLength(4);
  });

  test('in place where the provider lets them live longer, and anew where it has lost them', async () => {
    provider.renewable = true;
    enter();
    await keep();
    world.now += LIFE / 2;
    await keep();
    expect(provider.opened).toHaveLength(2);
    expect([...provider.open.values()].map(({ expiresAt }) => expiresAt)).toEqual([world.now + LIFE, world.now + LIFE]);
    const [first] = provider.open.keys();
    provider.open.delete(first ?? '');
    await keep(true);
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
    expect(provider.opened).toHaveLength(3);
  });

  test('for what is watched now', async () => {
    await keep();
    provider.subjects = ['chair 2', 'chair 3'];
    await keep();
    expect(provider.watched()).toEqual(['chair 2', 'chair 3']);
    expect(provider.closed).toEqual(['chair 1']);
  });

  test('not for an integration that is not connected', async () => {
    world.integration = { ...world.integration, status: 'reauth_required' };
    expect(await keep()).toBe('dropped');
    expect(provider.opened).toEqual([]);
  });

  test('by one worker: of two at once the slower one leaves none behind', async () => {
    const both = await Promise.all([keep(), keep()]);
    expect(both.sort()).toEqual(['kept', 'superseded']);
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
  });

  test('anew for a doubt that comes while somebody else is at it', async () => {
    await keep();
    provider.open.clear();
    await Promise.all([keep(), keep(true)]);
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
  });

  test('where they lead to the hub: one that leads to an earlier address is not prolonged', async () => {
    provider.renewable = true;
    enter();
    await keep();
    const { workspaceId, integrationId } = world.integration;
    await keepChannels(ports(), 'https://new.example', { workspaceId, integrationId, type: 'channels', renew: true });
    expect([...provider.open.values()].map(({ address }) => new URL(address).host)).toEqual([
      'new.example',
      'new.example',
    ]);
    expect(provider.closed.sort()).toEqual(['chair 1', 'chair 2']);
  });

  test('and what changed while none was open is synced', async () => {
    await keep();
    expect(world.queued).toEqual([]);
    world.now += LIFE;
    await keep();
    expect(world.queued).toMatchObject([{ type: 'incremental', trigger: 'webhook' }]);
  });

  test('not beyond a disconnect that comes while they are opened', async () => {
    provider.meanwhile = async () => {
      world.integration = { ...world.integration, status: 'disconnecting' };
    };
    expect(await keep()).toBe('dropped');
    expect(provider.watched()).toEqual([]);
    expect(pushChannels.current).toBeNull();
  });

  test('and those of a worker that was overtaken at the provider are closed again', async () => {
    let overtaken = false;
    provider.meanwhile = async () => {
      if (overtaken) return;
      overtaken = true;
      await keep(true);
    };
    expect(await keep()).toBe('superseded');
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
    for (const subject of provider.subjects)
      expect(await deliver({ notices: [noticeOf(subject)] })).toEqual({ accepted: 1 });
  });
});

describe('what the provider refuses', () => {
  const outage = new HubError('provider_unavailable', { detail: 'Down.' });

  test('leaves the others open, is counted, and is is due at the next hourly look', async () => {
    provider.failure = (doing, subject) => (doing === 'open' && subject === 'chair 1' ? outage : null);
    expect(await keep()).toBe('kept');
    expect(provider.watched()).toEqual(['chair 2']);
    expect(counted).toEqual(['PushChannelFailed']);
    expect(pushChannels.current?.checkAt).toBeLessThan(world.now + HOUR);
    provider.failure = () => null;
    await keep();
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
    expect(stored()).toHaveLength(2);
  });

  test('leaves the old channel open as long as there is no new one', async () => {
    await keep();
    provider.failure = (doing) => (doing === 'open' ? outage : null);
    world.now += LIFE / 2;
    await keep();
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
    expect(await deliver({ notices: [noticeOf('chair 1')] })).toEqual({ accepted: 1 });
  });

  test('is not piled up', async () => {
    provider.failure = (doing) => (doing === 'open' ? outage : null);
    for (let attempt = 0; attempt < 5; attempt += 1) await keep();
    expect(stored()).toHaveLength(2);
  });

  test('fails nothing when not even the subjects can be listed, or nothing can be closed', async () => {
    provider.failure = (doing) => (doing === 'list' ? outage : null);
    expect(await keep()).toBe('failed');
    provider.failure = (doing) => (doing === 'close' ? outage : null);
    await keep();
    expect(await keep(true)).toBe('kept');
    expect(stored()).toHaveLength(2);
  });

  test('because of our own registration is written as an error, and keeps no other channel from being opened', async () => {
    const unverified = new HubError('internal', { detail: 'The domain is not verified.' });
    provider.failure = (doing, subject) => (doing === 'open' && subject === 'chair 1' ? unverified : null);
    expect(await keep()).toBe('kept');
    expect(provider.watched()).toEqual(['chair 2']);
    expect(counted).toEqual(['PushChannelFailed']);
    expect(world.log.join()).toContain('push channel failed');
  });

  test('does not make a doubt forgotten: the next look opens another channel', async () => {
    await keep();
    provider.open.clear();
    provider.failure = (doing) => (doing === 'open' ? outage : null);
    await keep(true);
    provider.failure = () => null;
    world.now += HOUR;
    expect(pushChannels.current?.checkAt).toBeLessThan(world.now);
    await keep();
    expect(provider.watched()).toEqual(['chair 1', 'chair 2']);
  });

  test('does not hide a failure of ours', async () => {
    provider.failure = (doing) => (doing === 'open' ? new TypeError('ours') : null);
    await expect(keep()).rejects.toThrow('ours');
  });
});

test('whatever happens between two looks, every subject has one open channel that is listened to afterwards', async () => {
  const event = fc.oneof(
    fc.record({ pass: fc.integer({ min: 0, max: 2 * LIFE }) }),
    fc.record({ watch: fc.subarray(['a', 'b', 'c', 'd']) }),
    fc.record({ refuse: fc.constantFrom('open', 'renew', 'close') }),
    fc.record({ forget: fc.nat({ max: 3 }) }),
    fc.record({ dieAfter: fc.nat({ max: 3 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(event, { maxLength: 12 }), async (renewable, events) => {
      provider = new ModelProvider();
      provider.renewable = renewable;
      pushChannels = new MemoryPushChannels();
      enter();
      for (const happening of events) {
        if ('pass' in happening) world.now += happening.pass;
        if ('watch' in happening) provider.subjects = happening.watch;
        if ('forget' in happening) provider.open.delete([...provider.open.keys()][happening.forget] ?? '');
        let left = 'dieAfter' in happening ? happening.dieAfter : Number.POSITIVE_INFINITY;
        provider.failure = (doing) => {
          left -= 1;
          if (left < 0) return new TypeError('the worker has died');
          if (!('refuse' in happening) || happening.refuse !== doing) return null;
          return new HubError('provider_rejected', { detail: 'No.' });
        };
        await keep().catch(() => undefined);
      }
      provider.failure = (doing) => (doing === 'open' ? new HubError('provider_rejected', { detail: 'No.' }) : null);
      await keep(true);
      provider.failure = () => null;
      await keep();
      for (const subject of provider.subjects) {
        const { secret } = [...provider.open.values()].findLast((open) => open.subject === subject) ?? { secret: '' };
        const notice = { channelId: null, providerId: null, secret, kind: 'changed' };
        expect(await deliver({ notices: [notice] })).toEqual({ accepted: 1 });
      }
      expect(
        stored()
          .map(({ subject }) => subject)
          .sort(),
      ).toEqual([...provider.subjects].sort());
    }),
    { numRuns: 200 },
  );
});

describe('a notification', () => {
  beforeEach(() => keep());

  test('makes the next sync come early, once for all that is told in a minute', async () => {
    world.queued.length = 0;
    expect(await deliver({ notices: [noticeOf('chair 1'), noticeOf('chair 2')] })).toEqual({ accepted: 2 });
    await deliver({ notices: [noticeOf('chair 1')] });
    const [first, ...others] = world.queued;
    expect(first).toMatchObject({ type: 'incremental', trigger: 'webhook', workspaceId: 'salon' });
    expect(others).toEqual([]);
    world.now += 60_000;
    await deliver({ notices: [noticeOf('chair 1')] });
    expect(world.queued).toHaveLength(2);
  });

  test('of more than a megabyte is refused before anybody looks into it', async () => {
    await expect(deliver({ body: 'x'.repeat(1024 * 1024 + 1) })).rejects.toMatchObject({ status: 413 });
  });

  test('that a channel is open asks for nothing, even before the provider has answered', async () => {
    world.queued.length = 0;
    provider.meanwhile = async ({ channelId, secret }) => {
      const notices = [{ channelId, providerId: 'not known yet', secret, kind: 'opened' }];
      expect(await deliver({ notices })).toEqual({ accepted: 1 });
    };
    await keep(true);
    expect(provider.opened).toHaveLength(4);
    expect(world.queued).toEqual([]);
  });

  test('that a channel ends has all renewed; that it has ended, what was missed synced too', async () => {
    world.queued.length = 0;
    await deliver({ notices: [noticeOf('chair 1', 'ending')] });
    expect(world.queued).toMatchObject([{ type: 'channels', renew: true }]);
    await deliver({ notices: [noticeOf('chair 1', 'ended')] });
    expect(world.queued.slice(1)).toMatchObject([{ type: 'channels', renew: true }, { type: 'incremental' }]);
  });

  test.each<[string, (good: ChannelNotice) => ChannelNotice]>([
    ['another secret', (good) => ({ ...good, secret: 'guessed' })],
    ['no secret', (good) => ({ ...good, secret: '' })],
    ['the hash that is stored', (good) => ({ ...good, secret: stored()[0]?.secretHash ?? '' })],
    ['the secret of another channel', (good) => ({ ...good, secret: noticeOf('chair 2').secret })],
    ['another id of the provider', (good) => ({ ...good, providerId: 'p99' })],
  ])('with %s changes nothing, is counted, and is answered like any other', async (_what, forge) => {
    world.queued.length = 0;
    expect(await deliver({ notices: [forge(noticeOf('chair 1'))] })).toEqual({ accepted: 0 });
    expect(counted).toEqual(['WebhookRejected']);
    expect(world.queued).toEqual([]);
  });

  test('that is forged does not spoil those beside it', async () => {
    const good = noticeOf('chair 1');
    expect(await deliver({ notices: [{ ...good, secret: 'guessed' }, good] })).toEqual({ accepted: 1 });
  });

  test('for an integration that nobody knows is answered like any other', async () => {
    const path = { type: 'google_calendar', integrationId: `int_${'f'.repeat(32)}` };
    expect(await deliver({ path, notices: [noticeOf('chair 1')] })).toEqual({ accepted: 0 });
  });

  test('that is none is refused', async () => {
    await expect(deliver()).rejects.toMatchObject({ code: 'validation_failed', field: 'body' });
    expect(counted).toEqual(['WebhookRejected']);
  });

  test.each([
    [{ type: 'google_calendar', integrationId: '../salon' }, 'integrationId'],
    [{ type: 'nobody', integrationId: `int_${'0'.repeat(32)}` }, 'type'],
  ])('to %j is not found', async (path, field) => {
    await expect(deliver({ path, notices: [] })).rejects.toMatchObject({ code: 'not_found', field });
  });

  test('to a provider without channels is not found', async () => {
    const connector = { ...world.connector };
    delete connector.channels;
    const { type, integrationId } = world.integration;
    const request = {
      path: { type, integrationId },
      query: {},
      parameters: new URLSearchParams(),
      headers: {},
      body: '',
    };
    const attempt = receiveNotification(ports(), { connector: async () => connector }, request);
    await expect(attempt).rejects.toMatchObject({ code: 'not_found', field: 'type' });
  });

  test('that asks whether the address is ours is answered for integrations that have channels only', async () => {
    const parameters = new URLSearchParams('validate=Hello+there%3A+1');
    expect(await deliver({ parameters })).toEqual({ handshake: 'Hello there: 1' });
    pushChannels.current = null;
    await expect(deliver({ parameters })).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('a disconnect closes every channel, and forgets them whatever the provider says', async () => {
  await keep();
  const terms = { callClass: 'live_write', deadline: world.now + 1_000 } as const;
  const open = await world.ports.sessions.open(world.integration, terms);
  provider.failure = (doing, subject) =>
    doing === 'close' && subject === 'chair 1' ? new HubError('provider_unavailable', { detail: 'Down.' }) : null;
  await closeChannels(ports(), world.integration, open);
  expect(provider.watched()).toEqual(['chair 1']);
  expect(pushChannels.current).toBeNull();
  expect(await deliver({ notices: [noticeOf('chair 1')] })).toEqual({ accepted: 0 });
});

describe('somebody looks after the channels', () => {
  const managing = () => ({ ...ports(), states: new MemoryStates(), runs: new MemoryRuns() });
  const asked = () => world.queued.filter(({ type }) => type === 'channels');

  async function reconcile(manifest = world.connector.manifest): Promise<unknown[]> {
    world.queued.length = 0;
    const directory = async function* () {
      yield world.integration;
    };
    const integrations = { ...world.ports.integrations, directory };
    await reconcileIntegrations({ ...managing(), integrations }, () => manifest);
    return asked();
  }

  test('when an integration is connected, and after every other consent', async () => {
    await establishConnection(world.ports, world.integration);
    expect(asked()).toMatchObject([{ renew: true, integrationId: world.integration.integrationId }]);
  });

  test('when its settings change', async () => {
    await updateIntegration(managing(), world.integration, (config) => ({ ...config, timeZone: 'Europe/London' }));
    expect(asked()).toMatchObject([{ renew: false }]);
  });

  test('hourly, where they are missing or due, and nowhere else', async () => {
    expect(await reconcile()).toMatchObject([{ renew: false }]);
    await keep();
    expect(await reconcile()).toEqual([]);
    world.now += LIFE / 2;
    expect(await reconcile()).toMatchObject([{ renew: false }]);
    expect(await reconcile(ConnectorFactory.manifest('acuity'))).toEqual([]);
    world.integration = { ...world.integration, status: 'reauth_required' };
    expect(await reconcile()).toEqual([]);
  });

  test('and closes them before the consent is revoked', async () => {
    await keep();
    world.tokenEndpoint = () => ({ status: 200 });
    world.api = ({ url }) => {
      expect(url.pathname).toBe('/revoke');
      expect(provider.watched()).toEqual([]);
      return { status: 200 };
    };
    await disconnectIntegration(managing(), world.integration);
    expect(world.exchanges).toHaveLength(1);
    expect(pushChannels.current).toBeNull();
  });
});
