/** The contract between the hub and a provider. A capability is a method that is present. */
import type { HubError } from '../core/errors.ts';
import type { Appointment } from '../core/model/appointment.ts';
import type { Busy, Slot, WeeklyHours } from '../core/model/availability.ts';
import type { Contact } from '../core/model/contact.ts';
import type {
  ConnectStep,
  IntegrationConfig,
  IntegrationType,
  ProviderAccount,
  SyncSchedule,
} from '../core/model/integration.ts';
import type { Json, SourceRecord } from '../core/model/mirror-record.ts';
import type { PushChannel } from '../core/model/push-channel.ts';
import type { Resource } from '../core/model/resource.ts';
import type { Service } from '../core/model/service.ts';
import type { StaffMember } from '../core/model/staff-member.ts';
import type { SyncType } from '../core/model/sync-run.ts';
import type { AbandonedAttempt, Logger, ProviderApp, RateWindow } from '../core/ports.ts';
import type { RateHeaders } from '../core/provider-http/http-client.ts';
import type { ProviderHttp } from '../core/provider-http/provider-http.ts';

/**
 * How a provider speaks OAuth 2. Pure data; `OAuthManager` drives all providers from it. URLs and parameter values may
 * hold `{name}` for one of the manifest's `connectionParameters`.
 */
export interface OAuthDescription {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly scopes: {
    readonly required: readonly string[];
    readonly optional: readonly string[];
    /** Asked for like the required ones, but never named in the token answer (`offline_access`, say). */
    readonly unreported?: readonly string[];
  };
  /** Query parameter for `scopes.optional`, where the provider has one. */
  readonly optionalScopeParameter?: string;
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  /** Further members of every token request. */
  readonly tokenParameters?: Readonly<Record<string, string>>;
  readonly pkce: 'S256' | 'none';
  /** Sends a `nonce` and insists on it in the id token of the code exchange. */
  readonly nonce?: true;
  /** Where client id and secret go at the token endpoint. */
  readonly clientAuthentication: 'body' | 'basic';
  readonly tokenRequestEncoding: 'form' | 'json';
  /** Whether a refresh uses the old refresh token up. Either way, whatever the answer holds is stored. */
  readonly refreshTokens: 'reusable' | 'rotating' | 'none';
  /** Nobody has confirmed this description: an answer of another kind means that it is wrong, and is not asked for again. */
  readonly assumed?: true;
  /** How long before its expiry an access token is refreshed, in ms. @default 5 minutes */
  readonly refreshAheadMs?: number;
  /** Member of the token answer with the granted scopes: text (`scope`, space separated) or an array. */
  readonly grantedScopesMember?: string;
  /** What the token answer may put in front of a scope's name, e.g. the API's address. */
  readonly grantedScopePrefix?: string;
  /** Member of the token answer with an absolute expiry (ISO 8601), where `expires_in` is missing. */
  readonly expiresAtMember?: string;
  /**
   * How long an access token is taken to live, in ms, where the answer does not say. For sessions that use keeps alive:
   * a refresh token that is never needed may run out unnoticed.
   */
  readonly assumedLifeMs?: number;
  /**
   * Members of the token answer to keep as account attributes; `id_token.<claim>` is a claim of the id token. A
   * refresh that changes them changes the account.
   */
  readonly accountMembers?: Readonly<Record<string, string>>;
  /** Token-endpoint error codes that mean "a person must reconnect", besides `invalid_grant`. */
  readonly reconnectErrors?: readonly string[];
  /** Token-endpoint error codes that mean "our registration is wrong", besides `invalid_client`. */
  readonly configurationErrors?: readonly string[];
  /**
   * What the consent page's errors ask of the business. `match` is a regular expression, without flags, that is tried
   * on `<error> <error_description>`; the first that matches counts. Steps may use the names of `ConnectStep`.
   */
  readonly consentProblems?: readonly { readonly match: string; readonly steps: readonly ConnectStep[] }[];
  /** Where the consent is revoked on disconnect, after the connector's own `revoke`. */
  readonly revocation?: {
    readonly url: string;
    readonly encoding: 'form' | 'json';
    /** `client_header`: `Authorization: Client <secret>`, with the client id in the body. */
    readonly clientAuthentication: 'body' | 'basic' | 'client_header' | 'none';
    /** Name of the member with the token. @default token */
    readonly tokenMember?: string;
    /** Which token it takes. @default refresh, or access where there is no refresh token */
    readonly token?: 'access';
  };
}

/** Something that must be known of the account before its consent can be asked for, e.g. a site id. */
export interface ConnectionParameter {
  /** For the label of a form field. */
  readonly label: string;
  /** One sentence: what it is and where to find it. */
  readonly description: string;
  /** Regular expression, without flags, that the whole value must match. It guards URLs: leave no way out. */
  readonly pattern: string;
  /** Used when the business gives none; without it the parameter is required. */
  readonly default?: string;
}

/** What a connector can do on behalf of a caller, in the groups in which providers have it. Each is a method. */
export const OPERATION_GROUPS = {
  contacts: ['lookupContact', 'createContact'],
  bookings: ['getAvailability', 'createAppointment'],
  changes: ['rescheduleAppointment', 'cancelAppointment'],
} as const;
export type OperationGroup = keyof typeof OPERATION_GROUPS;
export type Operation = (typeof OPERATION_GROUPS)[OperationGroup][number];

/** How a provider is booked. */
export interface BookingDescription {
  /** `provider`: it says which times can be booked. `computed`: it says which are taken, the hub computes the rest. */
  readonly availability: 'provider' | 'computed';
  /** It can't say what is free without knowing the service. */
  readonly serviceRequired: boolean;
  /** Longest stretch that one `getAvailability` may be asked for, in days; callers are refused beyond it. */
  readonly maxRangeDays: number;
  /** What must be known of the customer. */
  readonly customerNeeds: readonly ('name' | 'email' | 'phone')[];
  /** `record`: an appointment needs a customer record (`contactId`), so one is looked up or created first. */
  readonly customer: 'record' | 'inline';
  /** Whether a repeated `createAppointment` with the same `idempotencyKey` books once, by the provider's own means. */
  readonly repeatable: boolean;
}

/** What is known of a provider before any code runs. Imports nothing but types; CDK reads it too. */
export interface ProviderManifest {
  readonly type: IntegrationType;
  readonly name: string;
  readonly description: string;
  readonly availability: 'available' | 'partner_agreement';
  readonly oauth: OAuthDescription;
  /** What the business must give before it is sent to the consent page, by name; stored in `config.connection`. */
  readonly connectionParameters?: Readonly<Record<string, ConnectionParameter>>;
  /** What the business must do before the consent can work. Shown with the authorize URL. */
  readonly connectSteps?: readonly ConnectStep[];
  /** Header of every call with our own key, which is the app secret's `extra` member of this name. */
  readonly appKeyHeader?: { readonly name: string; readonly member: string };
  /** What the connector can do for a caller; a test holds it against its methods. */
  readonly operations: readonly OperationGroup[];
  /** Present exactly when `bookings` is among the operations. */
  readonly booking?: BookingDescription;
  /** Origins that this connector may call; anything else is refused before a token is attached. */
  readonly apiOrigins: readonly string[];
  /** Resources in the order in which they are synced. */
  readonly resources: readonly Resource[];
  /**
   * Resources whose incremental pulls list a whole window of time, so that what is missing from the window is gone.
   * Their pages must end with `covers`.
   */
  readonly windowed?: readonly Resource[];
  /** The provider reports changes through channels that are opened for each account, and end. */
  readonly pushChannels?: {
    /** How long a channel is asked to live, in ms; it is renewed when half of what it got is over. */
    readonly lifeMs: number;
  };
  /** For businesses that choose none. @default daily at 02:30; more often where the provider reports no changes */
  readonly defaultSchedule?: SyncSchedule;
  /** Feed lag of the provider in ms: the overlap of two incremental runs. */
  readonly overlapMs: number;
  readonly rateLimits: {
    /** Windows that every call takes from, unless the call names others. */
    readonly default: readonly RateWindow[];
    readonly [bucket: string]: readonly RateWindow[];
  };
  /** Whose calls share the limits. @default account */
  readonly rateScope?: 'account' | 'everyone';
  /** Calls of one account that one process has under way at the same time. @default no limit */
  readonly maxConcurrent?: number;
  /** Headers in which the provider reports what is left of its quota. */
  readonly rateHeaders?: RateHeaders;
  /** The provider never has two contacts with one e-mail address. */
  readonly refusesKnownEmails?: true;
  /**
   * How long a record may stay invisible to the provider's own search, in ms, counted from the end of the attempt to
   * write it: the provider may still be at work when our call has ended without an answer.
   */
  readonly searchLagMs: number;
}

/** One integration, as a connector sees it. The token is attached by `http`; a connector never holds it. */
export interface ConnectorSession {
  readonly http: ProviderHttp;
  readonly config: IntegrationConfig;
  readonly account: ProviderAccount | null;
  readonly logger: Logger;
  /** Epoch ms. */
  now(): number;
}

/** Asks for one page of a resource. */
export interface PullRequest {
  readonly resource: Resource;
  readonly mode: SyncType;
  /** ISO 8601; null in a full pull: everything. Otherwise everything that changed at or after it. */
  readonly since: string | null;
  /** ISO 8601: the run's own start. */
  readonly until: string;
  /** What the last completed run of this resource left as `feedState`. */
  readonly feedState: Json | null;
  /** `next` of the page before; null for the first. */
  readonly cursor: Json | null;
  /**
   * To be awaited as soon as it is known where to go on, before the page is read: the provider is then asked for the
   * next page meanwhile. A connector that never calls it is slower, not wrong.
   */
  announceNext?(next: Json): Promise<void>;
}

/** One page of a resource. */
export interface PullPage {
  readonly records: readonly SourceRecord[];
  /** Ids that are gone at the provider: deleted, archived, or merged into another record. */
  readonly deletedIds: readonly string[];
  /** Records that could not be read. */
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  /** Where to go on; null at the end of the resource. */
  readonly next: Json | null;
  /** On the last page: what to remember for the next run. */
  readonly feedState?: Json;
  /**
   * On the last page of appointments or classes, where the pull listed a window of time and not all there is: ISO 8601.
   * Only what lies wholly within it, was not seen and is not found by `findMoved` is removed.
   */
  readonly covers?: { readonly from: string; readonly to: string };
  /** The provider's feed can't be continued (cursor expired, reference data changed): pull this resource in full. */
  readonly fullRequired?: boolean;
}

export interface ContactQuery {
  /** E.164. */
  readonly phone: string | null;
  /** Lower-cased. */
  readonly email: string | null;
}

export interface NewContact {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
  readonly company: string | null;
}

/** Asks what is free. Times are ISO 8601 with offset. */
export interface AvailabilityQuery {
  /** In the past by no more than the buffers of two services. */
  readonly from: string;
  /** Of slots: the first instant at which none may begin any more. Of taken times: their end. */
  readonly to: string;
  /** The business's zone, IANA. */
  readonly timeZone: string;
  /** The service that is asked for, as mirrored or configured; null: any. */
  readonly service: SourceRecord<Service> | null;
  /** Who is asked for; null: anybody. */
  readonly staffId: string | null;
  /** All that the mirror knows of who can be booked; empty where staff is no resource of the provider. */
  readonly staff: readonly SourceRecord<StaffMember>[];
  /** An appointment that is to be moved: its own time counts as free. */
  readonly moving: SourceRecord<Appointment> | null;
}

/** What is taken in one calendar. */
export interface CalendarBusy {
  readonly staffId: string;
  /** IANA name; the business's zone otherwise. */
  readonly timeZone: string | null;
  readonly busy: readonly Busy[];
  /** Opening hours that the provider keeps, if any; the integration's own settings come first. */
  readonly hours: WeeklyHours | null;
}

/** A provider's answer to `AvailabilityQuery`. */
export type ProviderAvailability =
  | {
      readonly kind: 'slots';
      readonly slots: readonly Slot[];
      /** One sentence each, for the caller's agent: what could not be asked, and so is not offered. */
      readonly notes: readonly string[];
    }
  | {
      readonly kind: 'busy';
      /** Calendars that could be read. One that could not is left out here and named in `notes`: never free. */
      readonly calendars: readonly CalendarBusy[];
      readonly notes: readonly string[];
    };

/** Who is booked for. At least a name, and what the manifest's `customerNeeds` says. */
export interface BookingCustomer {
  /** The provider's id of the person, where the hub knows it; always there when the manifest asks for a record. */
  readonly contactId: string | null;
  /** One of both is always there. Of a whole name these are the first word, and the rest if there is more. */
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** Both names together, or whatever was given as the name. */
  readonly name: string;
  /** Lower-cased. */
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
}

export interface NewAppointment {
  readonly slot: Slot;
  readonly service: SourceRecord<Service> | null;
  readonly customer: BookingCustomer;
  /** What the event is called where the provider has no title of its own: "Haircut, Ada Moreno". */
  readonly title: string;
  readonly notes: string | null;
  /** The same for every attempt of one booking, 32 lower-case hex digits: send it as the provider's own key. */
  readonly idempotencyKey: string;
}

/** The change of an appointment to another time. */
export interface AppointmentMove {
  readonly appointment: SourceRecord<Appointment>;
  readonly slot: Slot;
  readonly service: SourceRecord<Service> | null;
  /** As in `NewAppointment`. */
  readonly idempotencyKey: string;
  /** An earlier attempt of the same move, of which nobody knows how it ended. */
  readonly earlier?: AbandonedAttempt;
}

export interface AppointmentCancellation {
  readonly appointment: SourceRecord<Appointment>;
  /** In the caller's words, or null. */
  readonly reason: string | null;
  /** As in `NewAppointment`. */
  readonly idempotencyKey: string;
}

/** What a change at the provider has made of its records. */
export interface AppointmentChange {
  /** The appointment as it is now; null when the provider keeps nothing of it (a deleted calendar event). */
  readonly record: SourceRecord<Appointment> | null;
  /** Ids that no longer exist because of the change. */
  readonly deletedIds: readonly string[];
  /** Other appointments that changed with it, e.g. the cancelled one that a new one replaces. */
  readonly others: readonly SourceRecord<Appointment>[];
}

/** A webhook as it came in. */
export interface WebhookDelivery {
  readonly method: string;
  /** The public URL that the provider was given; some sign it. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The untouched body: signatures cover its bytes. */
  readonly body: string;
  /** Our registration with the provider, with the signing key. */
  readonly app: ProviderApp;
  /** Epoch ms. */
  readonly now: number;
}

/** Something happened to a record at the provider. */
export interface WebhookEvent {
  /** Whose account; the same as `ProviderAccount.id`. */
  readonly accountId: string;
  /** `erased`: by the right to be forgotten; the hub's copy must go at once. */
  readonly kind: 'changed' | 'erased';
  readonly resource: Resource;
  readonly recordId: string;
}

/** A channel as it is asked for; see `PushChannel`. */
export interface ChannelRequest {
  readonly subject: string;
  /** Unique, 32 lower-case hex digits. */
  readonly channelId: string;
  /** What every notification must show, 43 characters. */
  readonly secret: string;
  /** Where notifications go. */
  readonly address: string;
  /** Epoch ms: when it should end. */
  readonly expiresAt: number;
}

/** What the provider says of an open channel; `expiresAt` in epoch ms. */
export type OpenedChannel = { readonly providerId: string; readonly expiresAt: number };

/** What a provider says through a channel. Nothing in it is true before the hub has compared ids and secret. */
export interface ChannelNotice {
  /** Names of the channel; null where the provider does not tell. */
  readonly channelId: string | null;
  readonly providerId: string | null;
  readonly secret: string;
  /** `opened`: nothing has changed. `ending`: it must be renewed. `ended`: and changes may have been missed. */
  readonly kind: 'opened' | 'changed' | 'ending' | 'ended';
}

/** A notification as it came in; `parameters`: the query string. */
export interface ChannelDelivery extends Pick<WebhookDelivery, 'headers' | 'body'> {
  readonly parameters: URLSearchParams;
}

/** For providers with `pushChannels` in their manifest. */
export interface ChannelOperations {
  /** What is to be watched by a channel each. */
  watchedSubjects(session: ConnectorSession): Promise<readonly string[]>;
  openChannel(session: ConnectorSession, request: ChannelRequest): Promise<OpenedChannel>;
  /** Lets an open channel live longer; null when the provider does not have it any more. */
  renewChannel?(session: ConnectorSession, channel: PushChannel, expiresAt: number): Promise<OpenedChannel | null>;
  /** One that has ended already is success. */
  closeChannel(session: ConnectorSession, channel: PushChannel): Promise<void>;
  /** The answer to a provider that asks whether the address is ours, as plain text; null when it does not ask. */
  answerHandshake?(delivery: ChannelDelivery): string | null;
  /** What the notifications say. Throws `validation_failed` for what is none; bad ones among good ones are left out. */
  readNotices(delivery: ChannelDelivery): ChannelNotice[];
}

export interface IntegrationConnector {
  readonly manifest: ProviderManifest;

  /**
   * Whose account the tokens belong to. Called after a consent, and again when the steps that remained are done. Its
   * attribute `timeZone` (IANA) becomes the integration's own where the business gave none.
   */
  identifyAccount(session: ConnectorSession): Promise<ProviderAccount>;
  /** A cheap real probe: resolves when the provider answers as it should, throws a `HubError` otherwise. */
  testConnection(session: ConnectorSession): Promise<void>;
  /**
   * What the business must still do at the provider before the connection works; empty when nothing. Asked after the
   * consent, and at every connection test until it is empty. Its texts are shown as they are.
   */
  remainingSteps?(session: ConnectorSession): Promise<ConnectStep[]>;
  /** Cuts the connection at the provider, best effort. */
  revoke?(session: ConnectorSession): Promise<void>;

  syncData?(session: ConnectorSession, request: PullRequest): Promise<PullPage>;
  /**
   * Of `windowed` resources: which of these records, missing from the window that was listed, the provider still has
   * at another time. Asked before the others are removed; without it all of them are, until a full pull shows them.
   */
  findMoved?(
    session: ConnectorSession,
    resource: Resource,
    ids: readonly string[],
  ): Promise<Pick<PullPage, 'records' | 'rejected'>>;
  /** True matches only: the connector verifies phone numbers in E.164 itself. */
  lookupContact?(session: ConnectorSession, query: ContactQuery): Promise<SourceRecord<Contact>[]>;
  /** Creates the contact; one that the provider already has is returned with `created: false`. */
  createContact?(
    session: ConnectorSession,
    contact: NewContact,
  ): Promise<{ record: SourceRecord<Contact>; created: boolean }>;

  /** What is free, or what is taken, according to the manifest's `booking.availability`. */
  getAvailability?(session: ConnectorSession, query: AvailabilityQuery): Promise<ProviderAvailability>;
  /**
   * Books. A time that is taken throws `slot_unavailable`; what the provider lacks to book throws `provider_rejected`
   * or `validation_failed`. Must never book when the provider would allow two in one place (the hub has checked and
   * holds a lock for providers of busy times).
   */
  createAppointment?(session: ConnectorSession, booking: NewAppointment): Promise<SourceRecord<Appointment>>;
  /**
   * What an earlier attempt with this booking has made, whose answer was lost. Needed where `booking.repeatable` is
   * false, and for calendars, where the earlier attempt's own event would look like somebody else's. Null only when it
   * is certain that nothing was booked.
   */
  findBooked?(
    session: ConnectorSession,
    booking: NewAppointment,
    attempt: AbandonedAttempt,
  ): Promise<SourceRecord<Appointment> | null>;
  /** Moves an appointment. Moving it to where it is already is success. `slot_unavailable` when the time is taken. */
  rescheduleAppointment?(session: ConnectorSession, move: AppointmentMove): Promise<AppointmentChange>;
  /** Cancels. An appointment that is cancelled or gone already is success. */
  cancelAppointment?(session: ConnectorSession, cancellation: AppointmentCancellation): Promise<AppointmentChange>;

  /**
   * How long background calls must pause by what an answer's headers say of the quota, in ms; 0: go on. For providers
   * whose headers `rateHeaders` can't describe.
   */
  quotaPauseMs?(headers: Headers): number;

  /**
   * Verifies a webhook delivery and reads it. Throws `validation_failed` (status 401) for a forged or stale one.
   * Events that mean nothing to the hub are left out.
   */
  readWebhook?(delivery: WebhookDelivery): WebhookEvent[];

  readonly channels?: ChannelOperations;

  /**
   * Turns the provider's error answer into the hub's closed set; null leaves it to the common rules. A 401 is a refused
   * token, whatever this says, except `internal` (our own key or registration is refused) and `missing_scope`: no new
   * token helps there. An error with `tokenInDoubt`, of any status, counts when a renewed token has met it, too. It is
   * also asked about reads that were answered with 2xx and can't be read.
   */
  classifyError?(answer: { status: number; body: unknown; headers: Headers }): HubError | null;
}

/** The operations that a manifest declares. */
export function operationsOf({ operations }: Pick<ProviderManifest, 'operations'>): Operation[] {
  return operations.flatMap((group) => [...OPERATION_GROUPS[group]]);
}

/** What a provider can do, as its manifest declares it. */
export function capabilitiesOf(manifest: ProviderManifest): string[] {
  return [...manifest.resources.map((resource) => `sync:${resource}`), ...operationsOf(manifest)];
}
