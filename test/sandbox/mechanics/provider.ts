import type { Hono } from 'hono';
import type { SandboxClock } from './clock.ts';
import type { Counters } from './counters.ts';
import type { OAuthClient, OAuthServer } from './oauth-server.ts';

/** What every provider is built from. */
export interface ProviderSetup {
  readonly clock: SandboxClock;
  readonly counters: Counters;
  /** Seed of the generated records. */
  readonly seed: number;
  /** How many people the main account knows. */
  readonly contacts: number;
  /** The hub's registration by provider, where it is not `{type}-client` and `{type}-secret`. */
  readonly clients: Readonly<Record<string, OAuthClient>>;
  /** How many deals (opportunities…); null leaves it to the provider. */
  readonly deals: number | null;
}

/** One provider in the sandbox. A new one is a folder with a function that makes this, and a line in `providers.ts`. */
export interface SandboxProvider {
  /** First part of the path it is served under. */
  readonly type: string;
  /** The real origins whose requests are sent here instead. */
  readonly origins: readonly string[];
  /** Which of them a path belongs to; records show the real URL. */
  originOf(path: string): string;
  /** The provider's API and consent page, without the `/{type}` prefix. */
  readonly app: Hono;
  /** Pages that only a browser sees: neither recorded, nor delayed, nor counted. */
  isBrowserPath(path: string): boolean;
  readonly oauth: OAuthServer;
  /** The body that this provider sends with an error status. */
  errorBody(status: number): unknown;
  /** Switches of the control API; `change` throws a ZodError on values that make no sense. */
  readonly settings: { read(): unknown; change(patch: unknown): void };
  /** Edits that somebody makes at the provider, by name. They throw a ZodError or an EditError on bad input. */
  readonly edits: Readonly<Record<string, (input: unknown) => unknown>>;
  /** Every live record of a resource as the provider itself knows it; null when there is no such resource. */
  truth(resource: string, account: string | null): Iterable<unknown> | null;
}

/** An edit of the control API that can't be carried out, e.g. on a record that does not exist. */
export class EditError extends Error {
  override readonly name = 'EditError';
}
