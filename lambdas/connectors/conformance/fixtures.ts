import type { ErrorCode } from '../../core/errors.ts';
import type { Resource } from '../../core/model/resource.ts';
import type {
  AppointmentCancellation,
  AppointmentMove,
  AvailabilityQuery,
  ChannelDelivery,
  ChannelNotice,
  ContactQuery,
  NewAppointment,
  NewContact,
  WebhookDelivery,
  WebhookEvent,
} from '../connector.ts';

/** A request that reached the provider. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export interface Reply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing is sent when it is left out. */
  readonly body?: unknown;
}

/** The provider's API in one situation. What it has no reply for fails the test. */
export type Script = (exchange: Exchange) => Reply | undefined;

/** One resource, in the situations that every sync meets. */
export interface ResourceFixtures {
  /** The account has none. */
  readonly empty: Script;
  /** The provider answers with bare lists, so that `[]` does say that there are none. */
  readonly emptyList?: true;
  /** The account has `ids`, on at least two pages of the provider's. */
  readonly pages: Script;
  readonly ids: readonly string[];
  /** Some of the records can't be read. */
  readonly malformed: Script;
  readonly readable: readonly string[];
  readonly unreadable: number;
}

/** Booking, in the situations that every provider of appointments has. The clock shows 2026-11-23, noon UTC. */
export interface BookingFixtures {
  readonly query: AvailabilityQuery;
  /** Something is free, and something taken. */
  readonly free: Script;
  /** `provider`: the slots' starts. `computed`: what is taken, as `start/end`. Instants in UTC, `…:00Z`. */
  readonly expected: readonly string[];
  /** Nothing is free (`provider`), or nothing is taken (`computed`). */
  readonly none: Script;
  /** `computed`: the same account, with a calendar that can't be read; what it holds is not in the answer. */
  readonly unreadable?: Script;
  readonly booking: NewAppointment;
  readonly booked: Script;
  readonly bookedId: string;
  /** The provider refuses, because the time is taken. Left out where it never does. */
  readonly taken?: Script;
  /** `repeatable`: the same key again, after an answer was lost. Must lead to `bookedId`. */
  readonly repeated?: Script;
  /** For `findBooked`: the earlier attempt did book, as `bookedId`; and did not. */
  readonly recovered?: Script;
  readonly nothingToRecover?: Script;
  readonly move?: {
    readonly request: AppointmentMove;
    readonly moved: Script;
    readonly movedId: string;
    /** As for a booking. */
    readonly taken?: Script;
  };
  readonly cancel?: {
    readonly request: AppointmentCancellation;
    readonly cancelled: Script;
    /** It is cancelled, or gone, already. */
    readonly again: Script;
  };
}

/** Push channels, in the situations that every provider of them has. The clock shows 2026-11-23, noon UTC. */
export interface ChannelFixtures {
  /** What is watched in this account. */
  readonly subjects: readonly string[];
  /** The provider opens whatever channel it is asked for, as `providerId`, until `expiresAt` (epoch ms). */
  readonly opened: Script;
  readonly providerId: string;
  readonly expiresAt: number;
  readonly closed: Script;
  /** It does not have the channel any more: nothing to close, nothing to renew. */
  readonly gone: Script;
  /** For `renewChannel`: it lives on until `expiresAt`. */
  readonly renewed?: Script;
  /** For `answerHandshake`: the provider's question, and the text that it expects. */
  readonly handshake?: { readonly asked: ChannelDelivery; readonly answer: string };
  /** What comes through a channel, by what it says. */
  readonly notifications: Readonly<
    Partial<Record<ChannelNotice['kind'], (channel: Omit<ChannelNotice, 'kind'>) => ChannelDelivery>>
  >;
  /** Deliveries that say nothing that could be believed, whoever sent them. */
  readonly unreadable: readonly ChannelDelivery[];
}

/**
 * What a connector brings to the conformance suite: the provider's answers, as its documentation has them. Each stands
 * in `fixtures/conformance.ts` of the connector's folder, as the export `fixtures`.
 */
export interface ConformanceFixtures {
  /** Values of the manifest's connection parameters; those that have a default may be left out. */
  readonly connection?: Readonly<Record<string, string>>;
  readonly token: {
    /** How the provider's pages want it to be asked; the manifest must say the same. */
    readonly request: {
      readonly encoding: 'form' | 'json';
      readonly credentials: 'body' | 'basic';
      readonly pkce: boolean;
    };
    /** To a code or a refresh, with a new refresh token where the provider gives any. */
    readonly answer: Readonly<Record<string, unknown>>;
    /**
     * Claims of the id token, where the manifest reads one. The suite adds `aud`, `exp` and the `nonce`, and puts the
     * token into `answer`.
     */
    readonly idTokenClaims?: Readonly<Record<string, unknown>>;
    /** The scopes that `answer` grants. */
    readonly grantedScopes: readonly string[];
    /** The grant is gone: a person must reconnect. */
    readonly rejectedGrants: readonly Reply[];
    /** Our registration is wrong: nobody's connection has ended. */
    readonly rejectedRegistrations: readonly Reply[];
    /** Neither: the same request may work later. */
    readonly outages: readonly Reply[];
  };
  readonly account: {
    readonly script: Script;
    readonly id: string;
    /** What is kept of the account once it is connected, e.g. its instance URL. @default nothing */
    readonly attributes?: Readonly<Record<string, string>>;
  };
  /** Answers the connection test. */
  readonly probe: Script;
  /** What lists that can't be read are. @default provider_unavailable */
  readonly unreadable?: ErrorCode;
  /** Too many calls, without `Retry-After`, and the pause that the connector takes from it. */
  readonly rateLimit: { readonly reply: Reply; readonly retryAfterSeconds: number | undefined };
  /** Headers in which the provider says that there is enough left of its quota, and that there is nothing. */
  readonly quota?: {
    readonly ample: Readonly<Record<string, string>>;
    readonly usedUp: Readonly<Record<string, string>>;
  };
  readonly sync?: Readonly<Partial<Record<Resource, ResourceFixtures>>>;
  readonly lookup?: {
    readonly query: ContactQuery;
    /** The provider knows the person as `id`. */
    readonly known: Script;
    readonly id: string;
    readonly unknown: Script;
    /** The provider's search shows somebody with another number and another address. */
    readonly stranger: Script;
  };
  readonly create?: {
    readonly contact: NewContact;
    readonly created: Script;
    readonly createdId: string;
    /** The provider has somebody with this e-mail address. */
    readonly existing: Script;
    readonly existingId: string;
  };
  readonly booking?: BookingFixtures;
  readonly channels?: ChannelFixtures;
  readonly webhook?: {
    /** A delivery signed with `secret` (client secret and webhook key alike) at `signedAt`, epoch ms. */
    readonly signed: (request: {
      readonly secret: string;
      readonly signedAt: number;
      readonly url: string;
    }) => Pick<WebhookDelivery, 'method' | 'headers' | 'body'>;
    readonly events: readonly WebhookEvent[];
    /** After this a delivery is too old, in ms; null where the provider signs no time. */
    readonly maxAgeMs: number | null;
  };
}
