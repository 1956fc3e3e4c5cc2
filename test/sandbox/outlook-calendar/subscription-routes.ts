import type { Hono } from 'hono';
import * as z from 'zod';
import { validateEndpoint } from './endpoint-validation.ts';
import { GraphFailure, invalid } from './errors.ts';
import type { Guard, OutlookContext, OutlookEnv } from './guard.ts';
import { CHANGE_TYPES } from './mailbox.ts';
import { GRAPH, graphInstant, preferencesOf } from './render.ts';
import type { OutlookSettings } from './settings.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

export interface SubscriptionParts {
  readonly guard: Guard;
  readonly settings: OutlookSettings;
  readonly subscriptions: Subscriptions;
  readonly clientId: () => string;
}

const MINUTE_MS = 60_000;
const SHORTEST_MINUTES = 45;
const WATCHES = ['Calendars.ReadWrite'];
const CONTEXT = `${GRAPH}/$metadata#subscriptions`;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const changeTypesSchema = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(CHANGE_TYPES)));
/** The real Graph wants https throughout; on one machine there is nobody to certify it. */
const addressSchema = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}, 'must be https');
const updateSchema = z.strictObject({ expirationDateTime: z.iso.datetime({ offset: true }) });
const createSchema = updateSchema.extend({
  changeType: changeTypesSchema,
  resource: z.string(),
  notificationUrl: addressSchema,
  lifecycleNotificationUrl: addressSchema.nullable().default(null),
  clientState: z.string().max(128).nullable().default(null),
  latestSupportedTlsVersion: z.string().default('v1_2'),
});

/** Subscriptions to change notifications, of whoever is signed in. */
export function addSubscriptionRoutes(app: Hono<OutlookEnv>, parts: SubscriptionParts): void {
  const { subscriptions, settings } = parts;
  const watches = parts.guard.mailbox(WATCHES);
  const row = (subscription: Subscription) => rowOf(subscription, parts.clientId());
  app.post('/v1.0/subscriptions', watches, async (c) => {
    const subscription = await create(c, parts);
    return c.json({ '@odata.context': `${CONTEXT}/$entity`, ...row(subscription) }, 201);
  });
  app.get('/v1.0/subscriptions', watches, (c) =>
    c.json({ '@odata.context': CONTEXT, value: subscriptions.of(c.get('account')).map(row) }),
  );
  app.patch('/v1.0/subscriptions/:subscription', watches, async (c) => {
    const subscription = subscriptionOf(c, subscriptions);
    const { expirationDateTime } = read(updateSchema, await c.req.text());
    subscription.expiresAt = expiryOf(c, expirationDateTime, settings);
    return c.json({ '@odata.context': `${CONTEXT}/$entity`, ...row(subscription) });
  });
  app.delete('/v1.0/subscriptions/:subscription', watches, (c) => {
    subscriptions.remove(subscriptionOf(c, subscriptions));
    return c.body(null, 204);
  });
}

async function create(c: OutlookContext, { settings, subscriptions }: SubscriptionParts): Promise<Subscription> {
  const { expirationDateTime, changeType, ...wanted } = read(createSchema, await c.req.text());
  const account = c.get('account');
  const watched = wanted.resource.replace(/^\//, '').toLowerCase();
  if (watched !== 'me/events' && watched !== `users/${account.oid}/events`) {
    throw refused(`There are no notifications of ${wanted.resource}.`);
  }
  const expiresAt = expiryOf(c, expirationDateTime, settings);
  const { notificationUrl, lifecycleNotificationUrl } = wanted;
  await Promise.all(
    [notificationUrl, lifecycleNotificationUrl].map((url) => (url === null ? null : validateEndpoint(url))),
  );
  const preferences = preferencesOf(c.req.header('prefer'));
  return subscriptions.add({ ...wanted, account, changeTypes: changeType, preferences, expiresAt });
}

/** "Any value under 45 minutes" becomes that. */
function expiryOf(c: OutlookContext, text: string, { maxSubscriptionMinutes: most }: OutlookSettings): number {
  const now = c.get('mailbox').now();
  const wanted = Date.parse(text);
  if (wanted > now + most * MINUTE_MS) {
    throw invalid(`Subscription expiration can only be ${most} minutes in the future.`, 'ExtensionError');
  }
  return Math.max(wanted, now + SHORTEST_MINUTES * MINUTE_MS);
}

function subscriptionOf(c: OutlookContext, subscriptions: Subscriptions): Subscription {
  const found = subscriptions.find(c.get('account'), c.req.param('subscription') ?? '');
  if (!found) throw new GraphFailure(404, 'ResourceNotFound', 'The object was not found.');
  return found;
}

function rowOf(subscription: Subscription, clientId: string) {
  const { id, resource, changeTypes, clientState, account, expiresAt } = subscription;
  const { notificationUrl, lifecycleNotificationUrl, latestSupportedTlsVersion } = subscription;
  return {
    id,
    resource,
    applicationId: clientId,
    changeType: changeTypes.join(','),
    clientState,
    notificationUrl,
    lifecycleNotificationUrl,
    notificationQueryOptions: null,
    expirationDateTime: graphInstant(expiresAt),
    creatorId: account.oid,
    includeResourceData: null,
    latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

function read<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused('Unable to read JSON request payload.');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw refused(z.prettifyError(parsed.error));
  return parsed.data;
}

function refused(message: string): GraphFailure {
  return invalid(message, 'InvalidRequest');
}
