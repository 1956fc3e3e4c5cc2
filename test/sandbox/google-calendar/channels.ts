import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SandboxClock } from '../mechanics/clock.ts';
import type { Account } from './account.ts';
import type { Calendar } from './calendar.ts';
import { GoogleFailure, invalid, notFound } from './errors.ts';
import type { GoogleCalendarSettings } from './settings.ts';
import { deliver } from './webhook-delivery.ts';

/** Large numbers are text in JSON, but Google's own example has a number. */
const int64 = z.union([z.int().min(0), z.string().regex(/^\d{1,16}$/)]).transform(Number);

/** "Events: watch", request body. */
const watchSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9\-_+/=]{1,64}$/),
  type: z.enum(['web_hook', 'webhook']),
  address: z.url(),
  token: z.string().max(256).optional(),
  expiration: int64.optional(),
  params: z.strictObject({ ttl: int64 }).optional(),
  kind: z.literal('api#channel').optional(),
  payload: z.boolean().optional(),
});

const stopSchema = z.looseObject({ id: z.string(), resourceId: z.string() });

/** A channel that is open, as the sandbox shows it to tests. */
export interface TrueChannel {
  readonly calendarId: string;
  readonly id: string;
  readonly resourceId: string;
  readonly address: string;
  /** Epoch ms. */
  readonly expiration: number;
}

interface Channel extends TrueChannel {
  readonly account: Account;
  readonly calendar: Calendar;
  readonly resourceUri: string;
  readonly token: string | undefined;
  /** Called after every change of the calendar. */
  readonly watcher: () => void;
  /** How many messages it has sent. */
  messages: number;
}

/** Push channels of calendars' events, as "Push notifications" has them. Nothing lists them, and nothing renews them. */
export class Channels {
  readonly #clock: SandboxClock;
  readonly #settings: GoogleCalendarSettings;
  readonly #open = new Map<string, Channel>();
  /** Ids are never free again. */
  readonly #ids = new Set<string>();

  constructor(clock: SandboxClock, settings: GoogleCalendarSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** "Events: watch". The first message is on its way before the answer. */
  watch(account: Account, calendar: Calendar, body: unknown): object {
    const { id, address, token, expiration, params } = read(watchSchema, body);
    if (!isSafe(new URL(address)))
      throw new GoogleFailure(400, 'push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${address}`);
    if (!this.#settings.domainVerified) {
      const message = `Unauthorized WebHook callback channel: ${address}`;
      throw new GoogleFailure(401, 'push.webhookUrlUnauthorized', message);
    }
    if (this.#ids.has(id)) throw new GoogleFailure(400, 'channelIdNotUnique', `Channel id ${id} not unique`);
    const now = this.#clock.now();
    const asked = expiration ?? (params && now + params.ttl * 1_000) ?? Infinity;
    if (asked <= now) throw invalid('The channel has expired already.');

    const resourceId = createHash('sha256').update(calendar.id).digest('base64url').slice(0, 27);
    const resourceUri = `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events?alt=json`;
    const channel: Channel = {
      account,
      calendar,
      calendarId: calendar.id,
      id,
      address,
      token,
      resourceId,
      resourceUri,
      messages: 0,
      expiration: Math.min(asked, now + this.#settings.channelMs),
      watcher: () => this.#tell(channel, 'exists'),
    };
    this.#ids.add(id);
    this.#open.set(id, channel);
    calendar.watchers.add(channel.watcher);
    this.#tell(channel, 'sync');
    return {
      kind: 'api#channel',
      id,
      resourceId,
      resourceUri,
      expiration: String(channel.expiration),
      ...(token === undefined ? {} : { token }),
    };
  }

  /** "Channels: stop". Only who has opened a channel may stop it; to others it does not exist. */
  stop(account: Account, body: unknown): void {
    const { id, resourceId } = read(stopSchema, body);
    const channel = this.#open.get(id);
    const isTheirs = channel?.account === account && channel.resourceId === resourceId;
    if (!channel || !isTheirs || this.#isOver(channel)) throw notFound();
    this.#end(channel);
  }

  /** Ends all channels of a calendar before their time. Nobody is told. */
  endAll(calendar: Calendar): void {
    for (const channel of this.#open.values()) if (channel.calendar === calendar) this.#end(channel);
  }

  openOf(account: Account): TrueChannel[] {
    return [...this.#open.values()]
      .filter((channel) => channel.account === account && !this.#isOver(channel))
      .map(({ calendarId, id, resourceId, address, expiration }) => ({
        calendarId,
        id,
        resourceId,
        address,
        expiration,
      }));
  }

  #isOver({ expiration }: Channel): boolean {
    return expiration <= this.#clock.now();
  }

  #end(channel: Channel): void {
    this.#open.delete(channel.id);
    channel.calendar.watchers.delete(channel.watcher);
  }

  #tell(channel: Channel, state: 'sync' | 'exists'): void {
    if (this.#isOver(channel)) {
      this.#end(channel);
      return;
    }
    channel.messages += 1;
    deliver(channel.address, {
      'x-goog-channel-id': channel.id,
      'x-goog-channel-expiration': new Date(channel.expiration).toUTCString(),
      'x-goog-resource-id': channel.resourceId,
      'x-goog-resource-uri': channel.resourceUri,
      'x-goog-resource-state': state,
      'x-goog-message-number': String(channel.messages),
      ...(channel.token === undefined ? {} : { 'x-goog-channel-token': channel.token }),
    });
  }
}

/** Https, or this machine for tests. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalid(`Invalid value: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
