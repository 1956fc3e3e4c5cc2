/** Push channels: one for each calendar that is booked ("Push notifications"). */
import type { PushChannel } from '../../core/model/push-channel.ts';
import type {
  ChannelDelivery,
  ChannelNotice,
  ChannelOperations,
  ChannelRequest,
  ConnectorSession,
  OpenedChannel,
} from '../connector.ts';
import { refused } from '../kit/deliveries.ts';
import { bookedCalendarsOf, stopChannel, watchEvents } from './client.ts';

/** `X-Goog-Resource-State`; `sync` is the first message of every channel. */
const KINDS: Readonly<Record<string, ChannelNotice['kind']>> = {
  sync: 'opened',
  exists: 'changed',
  not_exists: 'changed',
};

/** Google has no way to renew a channel: another one takes its place, and both speak for a while. */
export const channels: ChannelOperations = {
  watchedSubjects: async (session) => bookedCalendarsOf(session),
  openChannel,
  closeChannel,
  readNotices,
};

/** The longest life is not documented, so the answer's `expiration` counts. */
async function openChannel(
  { http }: ConnectorSession,
  { subject, channelId, secret, address, expiresAt }: ChannelRequest,
): Promise<OpenedChannel> {
  const { resourceId, expiration } = await watchEvents(http, subject, {
    id: channelId,
    type: 'web_hook',
    address,
    token: secret,
    expiration: String(expiresAt),
  });
  return { providerId: resourceId, expiresAt: expiration };
}

async function closeChannel({ http }: ConnectorSession, { channelId, providerId }: PushChannel): Promise<void> {
  // One whose opening was never answered can't be named: it ends by itself.
  if (providerId !== null) await stopChannel(http, { id: channelId, resourceId: providerId });
}

/** Everything stands in the headers; nothing is signed, so the token must be there. */
function readNotices({ headers }: ChannelDelivery): ChannelNotice[] {
  const required = (name: string): string => {
    const value = headers[name.toLowerCase()];
    if (!value) throw refused(name, 'is missing', 400);
    return value;
  };
  const channelId = required('X-Goog-Channel-ID');
  const providerId = required('X-Goog-Resource-ID');
  const secret = required('X-Goog-Channel-Token');
  const state = required('X-Goog-Resource-State');
  const kind = Object.hasOwn(KINDS, state) ? KINDS[state] : undefined;
  if (kind === undefined) throw refused('X-Goog-Resource-State', 'is none that is known', 400);
  return [{ channelId, providerId, secret, kind }];
}
