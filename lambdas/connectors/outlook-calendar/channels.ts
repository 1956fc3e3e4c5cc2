/** Push channels: Graph calls them subscriptions ("Create subscription", "Update subscription"). */
import type { ChannelNotice, ChannelOperations, OpenedChannel } from '../connector.ts';
import { parseDelivery, refused } from '../kit/deliveries.ts';
import { createSubscription, deleteSubscription, updateSubscription } from './client.ts';
import { type GraphSubscription, notificationSchema, notificationsSchema } from './schemas.ts';

/** The whole mailbox: no path of one calendar is among those that can be subscribed to. */
const EVENTS = '/me/events';
/** A real token has some hundred characters. Whatever is longer is somebody else's text, not to be repeated to them. */
const MAX_TOKEN_LENGTH = 1_024;
/** Each is checked before anybody knows who sent it. All of a mailbox ask for the same sync, so the rest adds nothing. */
const MAX_NOTIFICATIONS = 1_000;
/** "lifecycle notifications": the others, `missed` and those that are not known yet, are changes: those ask for a sync. */
const ENDINGS: ReadonlyMap<string, ChannelNotice['kind']> = new Map([
  ['reauthorizationRequired', 'ending'],
  ['subscriptionRemoved', 'ended'],
]);

export const channels: ChannelOperations = {
  async watchedSubjects() {
    return [EVENTS];
  },

  async openChannel({ http }, { subject, secret, address, expiresAt }) {
    const subscription = await createSubscription(http, {
      changeType: 'created,updated,deleted',
      resource: subject,
      clientState: secret,
      // The second one can't be added later: without it nobody tells that a subscription ends early.
      notificationUrl: address,
      lifecycleNotificationUrl: address,
      expirationDateTime: new Date(expiresAt).toISOString(),
    });
    return opened(subscription);
  },

  /** Also what a subscription is reauthorized by. */
  async renewChannel({ http }, { providerId }, expiresAt) {
    if (providerId === null) return null;
    const renewed = await updateSubscription(http, providerId, {
      expirationDateTime: new Date(expiresAt).toISOString(),
    });
    return renewed && opened(renewed);
  },

  async closeChannel({ http }, { providerId }) {
    if (providerId !== null) await deleteSubscription(http, providerId);
  },

  /** "Receive change notifications through webhooks": the token as text; the address is called with nothing else. */
  answerHandshake({ parameters }) {
    const token = parameters.get('validationToken') ?? '';
    return token === '' || token.length > MAX_TOKEN_LENGTH ? null : token;
  },

  /** One notice for whatever says the same: a busy mailbox sends many notifications in one request. */
  readNotices({ body }) {
    const delivery = notificationsSchema.safeParse(parseDelivery(body));
    if (!delivery.success) throw refused('body', 'is no collection of change notifications', 400);
    const notices = delivery.data.value.slice(0, MAX_NOTIFICATIONS).flatMap((item) => noticeOf(item) ?? []);
    return [...new Map(notices.map((notice) => [JSON.stringify(notice), notice])).values()];
  },
};

function opened({ id, expirationDateTime }: GraphSubscription): OpenedChannel {
  return { providerId: id, expiresAt: Date.parse(expirationDateTime) };
}

/** Null for what is no notification. */
function noticeOf(item: unknown): ChannelNotice | null {
  const { data } = notificationSchema.safeParse(item);
  if (!data) return null;
  const kind = ENDINGS.get(data.lifecycleEvent ?? '') ?? 'changed';
  return { channelId: null, providerId: data.subscriptionId, secret: data.clientState, kind };
}
