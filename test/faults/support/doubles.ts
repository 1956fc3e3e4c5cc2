/** Stand-ins for what a test does not look at closely, and a queue and a clock that it controls. */
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../../lambdas/core/errors.ts';
import type { SealContext, SealedSecret } from '../../../lambdas/core/model/credential.ts';
import { type Integration, integrationConfigSchema } from '../../../lambdas/core/model/integration.ts';
import type {
  Clock,
  IntegrationScope,
  Logger,
  Metrics,
  RateBudget,
  Schedules,
  SyncQueue,
  TokenVault,
} from '../../../lambdas/core/ports.ts';

/** Time stands still but for `sleep` and `advance`. */
export class StillClock implements Clock {
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    this.#now += ms;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** The real time, moved forward by `advance`; sleeping takes real time. */
export class ShiftedClock implements Clock {
  #offset = 0;

  now(): number {
    return Date.now() + this.#offset;
  }

  async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { ref: false });
  }

  advance(ms: number): void {
    this.#offset += ms;
  }
}

/** Remembers what was counted, by name. */
export class CountingMetrics implements Metrics {
  readonly #counts = new Map<string, number>();

  count(name: string, value = 1): void {
    this.#counts.set(name, this.of(name) + value);
  }

  duration(): void {}

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}

/** Keeps every line as JSON, to look for things that must not be in it. */
export class KeepingLogger implements Logger {
  readonly lines: string[] = [];

  debug(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#keep('debug', message, fields);
  }
  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#keep('info', message, fields);
  }
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#keep('warn', message, fields);
  }
  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#keep('error', message, fields);
  }

  #keep(level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const readable = Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? `${value.stack} ${JSON.stringify(value)}` : value,
    ]);
    this.lines.push(JSON.stringify([level, message, readable]));
  }
}

/** Seals in plain sight, but opens only for the same context. */
export const glassVault: TokenVault = {
  async seal(context: SealContext, plaintext: string): Promise<SealedSecret> {
    return { v: 1, edk: JSON.stringify(context), iv: '', ct: Buffer.from(plaintext).toString('base64'), tag: '' };
  },
  async open(context: SealContext, sealed: SealedSecret): Promise<string> {
    if (JSON.stringify(context) !== sealed.edk) {
      throw new HubError('internal', { detail: 'A stored secret could not be opened.' });
    }
    return Buffer.from(sealed.ct, 'base64').toString();
  },
};

export const noSchedules: Schedules = {
  async put() {},
  async delete() {},
  async *list() {},
  nameOf: ({ workspaceId, integrationId }) => `${workspaceId}-${integrationId}`,
  async deleteByName() {},
};

export const endlessBudget: RateBudget = { take: async () => 0, pause: async () => undefined };

export type QueueMessage = Parameters<SyncQueue['send']>[0];

export interface Delivery {
  readonly id: number;
  readonly message: QueueMessage;
}

/** SQS as the sync function sees it: delays, and redelivery of what nobody has deleted. */
export class TestQueue implements SyncQueue {
  readonly sent: { readonly message: QueueMessage; readonly delaySeconds: number }[] = [];
  readonly #clock: Clock;
  readonly #visibilityMs: number;
  #waiting: (Delivery & { visibleAt: number })[] = [];

  constructor(clock: Clock, visibilityMs = 90 * 60_000) {
    this.#clock = clock;
    this.#visibilityMs = visibilityMs;
  }

  async send(message: QueueMessage, { delaySeconds = 0 }: { delaySeconds?: number } = {}): Promise<void> {
    const visibleAt = this.#clock.now() + delaySeconds * 1000;
    this.sent.push({ message, delaySeconds });
    this.#waiting.push({ id: this.sent.length, message, visibleAt });
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Epoch ms at which the next message can be received; null when there is none. */
  get nextAt(): number | null {
    return this.#waiting.length === 0 ? null : Math.min(...this.#waiting.map(({ visibleAt }) => visibleAt));
  }

  /** The message that is due first; invisible from now on until it is deleted or its visibility timeout is over. */
  receive(): Delivery | null {
    const [first] = this.#waiting
      .filter(({ visibleAt }) => visibleAt <= this.#clock.now())
      .sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id);
    if (!first) return null;
    first.visibleAt = this.#clock.now() + this.#visibilityMs;
    return first;
  }

  delete({ id }: Delivery): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.id !== id);
  }
}

export function connectedIntegration(scope: IntegrationScope, change: Partial<Integration> = {}): Integration {
  const at = '2026-11-01T00:00:00.000Z';
  return {
    ...scope,
    type: 'hubspot',
    status: 'connected',
    statusReason: null,
    nextSteps: [],
    config: integrationConfigSchema.parse({ defaultCountry: 'GB' }),
    account: { id: '48127733', name: null, attributes: {} },
    grantedScopes: [],
    createdAt: at,
    connectedAt: at,
    updatedAt: at,
    version: 1,
    ...change,
  };
}
