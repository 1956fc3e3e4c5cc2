import { randomBytes } from 'node:crypto';
import type { ChannelOperations, ConnectorSession } from '../../connectors/connector.ts';
import { HubError, isHubError } from '../errors.ts';
import type { ConnectorSessions } from '../integrations/connector-sessions.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Integration } from '../model/integration.ts';
import type { PushChannel, PushChannels } from '../model/push-channel.ts';
import { METRICS } from '../names.ts';
import type {
  ChannelsMessage,
  Clock,
  IntegrationStore,
  Logger,
  Metrics,
  PushChannelStore,
  SyncQueue,
} from '../ports.ts';
import { hashOfSecret, newChannelSecret } from './channel-secret.ts';
import { askForEarlySync } from './early-sync.ts';

export interface KeepChannelsPorts {
  readonly integrations: IntegrationStore;
  readonly pushChannels: PushChannelStore;
  readonly sessions: ConnectorSessions;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Time for all calls to the provider, in ms. */
const PROVIDER_TIME_MS = 60_000;
/** When to try again what the provider has refused: due by the reconciler's next hourly look. */
const RETRY_MS = 50 * 60_000;

/** How often a doubt is brought forward that others, who are at it at the same time, do not know of. */
const ATTEMPTS = 3;

/**
 * Sees to it that every subject that the connector watches has one open channel: opens what is missing, renews what is
 * half over, closes what nobody watches any more. Repeating it is harmless. A channel that can't be opened fails
 * nothing: scheduled syncs find every change, only later.
 *
 * @param publicOrigin of the hub, without a trailing slash.
 * @returns `superseded`: somebody else is at it, and does what this one was asked for.
 */
export async function keepChannels(
  ports: KeepChannelsPorts,
  publicOrigin: string,
  message: ChannelsMessage,
): Promise<'kept' | 'failed' | 'dropped' | 'superseded'> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const outcome = await lookAfter(ports, publicOrigin, message);
    if (outcome !== 'not announced') return outcome;
    if (!message.renew) return 'superseded';
  }
  throw new HubError('internal', { detail: 'The push channels are being changed by too many others.' });
}

async function lookAfter(ports: KeepChannelsPorts, publicOrigin: string, message: ChannelsMessage): Promise<Outcome> {
  // In this order: whoever has seen newer settings since then has written the channels since then, too.
  const known = await ports.pushChannels.get(message.integrationId);
  const integration = await ports.integrations.get(message);
  if (integration?.status !== 'connected') return 'dropped';
  const now = ports.clock.now();
  const { connector, session } = await ports.sessions.open(integration, {
    callClass: 'live_write',
    deadline: now + PROVIDER_TIME_MS,
  });
  const { channels: operations, manifest } = connector;
  if (!operations || !manifest.pushChannels) return 'dropped';

  const stored = known ?? { ...scopeOf(integration), channels: [], checkAt: 0, version: 0 };
  const address = `${publicOrigin}/webhooks/${integration.type}/${integration.integrationId}`;
  const keeper = new Keeper(ports, integration, { operations, session, address, ...manifest.pushChannels });
  return keeper.keep(stored, message.renew);
}

type Outcome = 'kept' | 'failed' | 'dropped' | 'superseded' | 'not announced';

/** Where channels are opened, and where they lead. */
interface ChannelProvider {
  readonly operations: ChannelOperations;
  readonly session: ConnectorSession;
  readonly address: string;
  readonly lifeMs: number;
}

/** One look after the channels of one integration. */
class Keeper {
  readonly #ports: KeepChannelsPorts;
  readonly #integration: Integration;
  readonly #provider: ChannelProvider;
  #failures = 0;

  constructor(ports: KeepChannelsPorts, integration: Integration, provider: ChannelProvider) {
    this.#ports = ports;
    this.#integration = integration;
    this.#provider = provider;
  }

  async keep(stored: PushChannels, renew: boolean): Promise<Outcome> {
    const { pushChannels, clock } = this.#ports;
    const { operations, session, lifeMs } = this.#provider;
    const now = clock.now();
    const watched = await this.#tried(() => operations.watchedSubjects(session));
    if (watched === null) return 'failed';
    const subjects = [...new Set(watched)];
    // One that was never confirmed is given up once there is another try: it was not opened, or it ends unheard.
    const open = stored.channels.filter(({ providerId, expiresAt }) => providerId !== null && expiresAt > now);
    const standing = new Map(open.map((channel) => [channel.subject, channel]));
    const due = subjects.filter((subject) => {
      const channel = standing.get(subject);
      return renew || channel === undefined || channel.renewAt <= now;
    });
    const prolonged = await this.#prolong(due.flatMap((subject) => standing.get(subject) ?? []));
    const wanted = due.filter((subject) => !prolonged.has(subject)).map((subject) => this.#newChannel(subject));
    // What is doubted stays so until another one is open, whoever looks next.
    const kept = open.map(
      (channel) => prolonged.get(channel.subject) ?? (renew ? { ...channel, renewAt: now } : channel),
    );

    // The provider may speak through a channel before it has answered the request to open it: the secret comes first.
    const announced = await pushChannels.save({
      ...stored,
      channels: [...kept, ...wanted.map(({ channel }) => channel)],
      checkAt: now + RETRY_MS,
    });
    if (!announced) return 'not announced';
    const opened: PushChannel[] = [];
    for (const { channel, secret } of wanted) opened.push((await this.#open(channel, secret)) ?? channel);

    const confirmed = opened.filter(({ providerId }) => providerId !== null);
    const replaced = new Set(confirmed.map(({ subject }) => subject));
    const isOver = ({ subject }: PushChannel) => replaced.has(subject) || !subjects.includes(subject);
    const channels = [...kept.filter((channel) => !isOver(channel)), ...opened];
    const renewals = channels.map(({ renewAt }) => renewAt);
    const checkAt = this.#failures > 0 ? now + RETRY_MS : Math.min(...renewals, now + lifeMs);
    if (!(await pushChannels.save({ ...announced, channels, checkAt }))) {
      for (const channel of confirmed) await this.#close(channel);
      return 'superseded';
    }
    for (const channel of kept.filter(isOver)) await this.#close(channel);
    if (!(await this.#isStillConnected())) {
      for (const channel of channels) await this.#close(channel);
      await pushChannels.delete(stored.integrationId);
      return 'dropped';
    }
    const { integrationId } = this.#integration;
    this.#ports.logger.info('push channels kept', { integrationId, open: channels.length, opened: confirmed.length });
    // What has changed while nobody watched is told by nobody.
    const unwatched = stored.version > 0 && confirmed.some(({ subject }) => !standing.has(subject));
    if (unwatched) await askForEarlySync(this.#ports, this.#integration);
    return 'kept';
  }

  /** A disconnect does not wait for us: it has closed what it found. */
  async #isStillConnected(): Promise<boolean> {
    return (await this.#ports.integrations.get(this.#integration))?.status === 'connected';
  }

  #newChannel(subject: string): { channel: PushChannel; secret: string } {
    const secret = newChannelSecret();
    const channel: PushChannel = {
      channelId: randomBytes(16).toString('hex'),
      subject,
      secretHash: hashOfSecret(secret),
      providerId: null,
      address: this.#provider.address,
      ...this.#livingUntil(this.#ports.clock.now() + this.#provider.lifeMs),
    };
    return { channel, secret };
  }

  /** Renewed when half of its life is over: late enough to be worth it, early enough to fail a few times. */
  #livingUntil(expiresAt: number): Pick<PushChannel, 'expiresAt' | 'renewAt'> {
    const now = this.#ports.clock.now();
    return { expiresAt, renewAt: now + (expiresAt - now) / 2 };
  }

  async #open(channel: PushChannel, secret: string): Promise<PushChannel | null> {
    const { operations, session, address } = this.#provider;
    const { channelId, subject, expiresAt } = channel;
    const request = { channelId, subject, secret, address, expiresAt };
    const opened = await this.#tried(() => operations.openChannel(session, request));
    return opened && { ...channel, providerId: opened.providerId, ...this.#livingUntil(opened.expiresAt) };
  }

  /** Those that the provider lets live longer, by subject. One that leads to where the hub was before is none of them. */
  async #prolong(channels: readonly PushChannel[]): Promise<Map<string, PushChannel>> {
    const { operations, session, address, lifeMs } = this.#provider;
    const prolonged = new Map<string, PushChannel>();
    for (const channel of channels.filter((channel) => channel.address === address)) {
      const until = this.#ports.clock.now() + lifeMs;
      const renewed = await this.#tried(async () => (await operations.renewChannel?.(session, channel, until)) ?? null);
      if (!renewed) continue;
      const { providerId, expiresAt } = renewed;
      prolonged.set(channel.subject, { ...channel, providerId, ...this.#livingUntil(expiresAt) });
    }
    return prolonged;
  }

  /** It ends by itself if this fails, and nothing that it still says is listened to. */
  async #close(channel: PushChannel): Promise<void> {
    const { operations, session } = this.#provider;
    await this.#tried(() => operations.closeChannel(session, channel));
  }

  /** Null for what the provider refuses or does not answer. */
  async #tried<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      if (!isHubError(error)) throw error;
      this.#failures += 1;
      const { logger, metrics } = this.#ports;
      const { type: provider, integrationId } = this.#integration;
      metrics.count(METRICS.pushChannelFailed, 1, { provider });
      // `internal`: our registration is not what it must be (a domain that nobody has verified); no retry mends that.
      const level = error.code === 'internal' ? 'error' : 'warn';
      logger[level]('push channel failed', { integrationId, provider, code: error.code, error });
      return null;
    }
  }
}
