import type * as z from 'zod';
import type { SupportedType } from '../../lambdas/connectors/factory.ts';
import type { integrationConfigSchema } from '../../lambdas/core/model/integration.ts';
import type { MirrorRecord } from '../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../lambdas/core/model/resource.ts';
import type { SandboxClient } from '../sandbox/sandbox-client.ts';
import type { ComparableRecord } from './compare-records.ts';

/** A record as the provider itself knows it. */
export interface TrueRecord extends ComparableRecord {
  /** ISO 8601; null where the provider does not say. */
  readonly updatedAt: string | null;
}

/** What was changed at the provider. */
export interface Changes {
  /** One line per kind of change. */
  readonly done: readonly string[];
  /** What no incremental sync can see, and why; a full one must. */
  readonly unseen: readonly { readonly resource: Resource; readonly id: string; readonly why: string }[];
}

/** Somebody who can be looked up. */
export interface Person {
  readonly id: string;
  readonly phone: string;
  readonly email: string;
}

/** Whom the look-ups ask for. */
export interface DemoPeople {
  /** One person and the ways in which people write their number. */
  readonly caller: { readonly id: string; readonly phones: readonly string[]; readonly email: string };
  /** Left out where people have one address only. */
  readonly secondAddress?: { readonly id: string; readonly email: string };
  /** A number that several people share. */
  readonly shared: { readonly phone: string; readonly ids: readonly string[] };
  /** Numbers that nobody has. */
  readonly unknownPhones: readonly string[];
}

/** The people of a provider that knows people. */
export interface PeopleScenario {
  /** For the contact that the demo creates, where the provider keeps nobody without an address. */
  readonly newCallerEmail?: string;
  sample(): Promise<DemoPeople>;
  /** Creates a person at the provider. Answers when the provider's search shows them. */
  create(): Promise<Person>;
  /** How many people the provider has with this number or address. */
  count(query: { readonly phone?: string; readonly email?: string }): Promise<number>;
}

/** Whom an appointment is for, as the API takes it. */
export interface DemoCustomer {
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string;
  readonly email?: string;
}

/** Booking at a provider that can be booked. */
export interface BookingScenario {
  /** What is asked for, and for whom: somebody whom the provider does not know yet. */
  request(): Promise<{ readonly serviceId?: string; readonly staffId?: string; readonly customer: DemoCustomer }>;
  /** Somebody else takes this time at the provider, between look and book. */
  take(slot: { readonly start: string; readonly end: string; readonly staffId: string | null }): Promise<void>;
  /** How many live appointments of this customer the provider has that begin at this instant. */
  count(query: { readonly start: string; readonly customer: DemoCustomer }): Promise<number>;
}

/** One provider's part of the demo: its truth, and what happens at it. */
export interface DemoScenario {
  readonly resources: readonly Resource[];
  /** Settings to connect with. */
  readonly config: z.input<typeof integrationConfigSchema>;
  /** What the business does at the provider once it has consented; the connection does not work before. */
  finishConnecting?(): Promise<void>;
  /** Every live record of the account. */
  truth(resource: Resource): AsyncIterable<TrueRecord>;
  /** A mirrored record in the same fields as the truth. */
  comparable(record: MirrorRecord): ComparableRecord;
  /** Everything that can happen to an account. Answers when the provider's search shows it. */
  changeMuch(): Promise<Changes>;
  /** A few more, that an incremental sync must see. */
  changeLittle(): Promise<Changes>;
  readonly people?: PeopleScenario;
  readonly booking?: BookingScenario;
}

/** A line of the registry of scenarios. */
export interface ScenarioEntry {
  readonly type: SupportedType;
  create(sandbox: SandboxClient): DemoScenario;
}
