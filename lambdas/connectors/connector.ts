/** The contract between the hub and a provider. A capability is a method that is present. */
import type { HubError } from '../core/errors.ts';
import type { Contact } from '../core/model/contact.ts';
import type { IntegrationConfig, IntegrationType, ProviderAccount } from '../core/model/integration.ts';
import type { Json, SourceRecord } from '../core/model/mirror-record.ts';
import type { Resource } from '../core/model/resource.ts';
import type { SyncType } from '../core/model/sync-run.ts';
import type { Logger, ProviderApp, RateWindow } from '../core/ports.ts';
import type { RateHeaders } from '../core/provider-http/http-client.ts';
import type { ProviderHttp } from '../core/provider-http/provider-http.ts';

/** How a provider speaks OAuth 2. Pure data; `OAuthManager` drives all providers from it. */
export interface OAuthDescription {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly scopes: { readonly required: readonly string[]; readonly optional: readonly string[] };
  /** Query parameter for `scopes.optional`, where the provider has one. */
  readonly optionalScopeParameter?: string;
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  readonly pkce: 'S256' | 'none';
  /** Where client id and secret go at the token endpoint. */
  readonly clientAuthentication: 'body' | 'basic';
  readonly tokenRequestEncoding: 'form' | 'json';
  /** Whether a refresh uses the old refresh token up. Either way, whatever the answer holds is stored. */
  readonly refreshTokens: 'reusable' | 'rotating' | 'none';
  /** Member of the token answer with the granted scopes: text (`scope`, space separated) or an array. */
  readonly grantedScopesMember?: string;
  /** Member of the token answer with an absolute expiry (ISO 8601), where `expires_in` is missing. */
  readonly expiresAtMember?: string;
  /** Members of the token answer to keep as account attributes. */
  readonly accountMembers?: Readonly<Record<string, string>>;
  /** Token-endpoint error codes that mean "a person must reconnect", besides `invalid_grant`. */
  readonly reconnectErrors?: readonly string[];
  /** Token-endpoint error codes that mean "our registration is wrong", besides `invalid_client`. */
  readonly configurationErrors?: readonly string[];
  /** Where the refresh token is revoked on disconnect (RFC 7009), after the connector's own `revoke`. */
  readonly revocation?: {
    readonly url: string;
    readonly encoding: 'form' | 'json';
    readonly clientAuthentication: 'body' | 'basic';
  };
}

/** What is known of a provider before any code runs. Imports nothing but types; CDK reads it too. */
export interface ProviderManifest {
  readonly type: IntegrationType;
  readonly name: string;
  readonly description: string;
  readonly availability: 'available' | 'partner_agreement';
  readonly oauth: OAuthDescription;
  /** Origins that this connector may call; anything else is refused before a token is attached. */
  readonly apiOrigins: readonly string[];
  /** Resources in the order in which they are synced. */
  readonly resources: readonly Resource[];
  /** Feed lag of the provider in ms: the overlap of two incremental runs. */
  readonly overlapMs: number;
  readonly rateLimits: {
    /** Windows that every call takes from, unless the call names others. */
    readonly default: readonly RateWindow[];
    readonly [bucket: string]: readonly RateWindow[];
  };
  /** Headers in which the provider reports what is left of its quota. */
  readonly rateHeaders?: RateHeaders;
  /** How long a record just written may stay invisible to the provider's own search, in ms. */
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

export interface IntegrationConnector {
  readonly manifest: ProviderManifest;

  /** Whose account the tokens belong to. Called once after consent. */
  identifyAccount(session: ConnectorSession): Promise<ProviderAccount>;
  /** A cheap real probe: resolves when the provider answers as it should, throws a `HubError` otherwise. */
  testConnection(session: ConnectorSession): Promise<void>;
  /** Cuts the connection at the provider, best effort. */
  revoke?(session: ConnectorSession): Promise<void>;

  syncData?(session: ConnectorSession, request: PullRequest): Promise<PullPage>;
  /** True matches only: the connector verifies phone numbers in E.164 itself. */
  lookupContact?(session: ConnectorSession, query: ContactQuery): Promise<SourceRecord<Contact>[]>;
  /** Creates the contact; one that the provider already has is returned with `created: false`. */
  createContact?(
    session: ConnectorSession,
    contact: NewContact,
  ): Promise<{ record: SourceRecord<Contact>; created: boolean }>;

  /**
   * Verifies a webhook delivery and reads it. Throws `validation_failed` (status 401) for a forged or stale one.
   * Events that mean nothing to the hub are left out.
   */
  readWebhook?(delivery: WebhookDelivery): WebhookEvent[];

  /** Turns the provider's error answer into the hub's closed set; null leaves it to the common rules. */
  classifyError?(answer: { status: number; body: unknown; headers: Headers }): HubError | null;
}

/** What a provider can do, derived from the methods it has. */
export function capabilitiesOf(connector: IntegrationConnector): string[] {
  const operations = ['lookupContact', 'createContact', 'getAvailability', 'createAppointment'] as const;
  return [
    ...(connector.syncData ? connector.manifest.resources.map((resource) => `sync:${resource}`) : []),
    ...operations.filter((operation) => operation in connector),
  ];
}
