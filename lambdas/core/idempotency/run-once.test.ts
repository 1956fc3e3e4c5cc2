import { describe, expect, test } from '@jest/globals';
import { ShiftedClock, StillClock } from '../../../test/faults/support/doubles.ts';
import { HubError } from '../errors.ts';
import type { Json } from '../model/mirror-record.ts';
import type { Clock, IdempotencyRecord, IdempotencyStore } from '../ports.ts';
import { type OnceRequest, runOnce } from './run-once.ts';

class MemoryIdempotency implements IdempotencyStore {
  readonly #records = new Map<string, IdempotencyRecord>();

  async begin(workspaceId: string, key: string, attempt: Parameters<IdempotencyStore['begin']>[2]) {
    const id = `${workspaceId}/${key}`;
    const present = this.#records.get(id);
    if (!present) {
      const { fingerprint, owner, now: startedAt, until } = attempt;
      this.#records.set(id, { status: 'started', fingerprint, owner, startedAt, until });
      return { started: true as const, abandoned: null };
    }
    const isDead = present.status === 'started' && present.until <= attempt.now;
    if (!isDead || present.fingerprint !== attempt.fingerprint) return { started: false as const, record: present };
    this.#records.set(id, { ...present, owner: attempt.owner, until: attempt.until });
    return { started: true as const, abandoned: { startedAt: present.startedAt, endedBy: present.until } };
  }

  async complete(workspaceId: string, key: string, owner: string, response: Json): Promise<void> {
    const own = this.#own(workspaceId, key, owner);
    if (own) this.#records.set(`${workspaceId}/${key}`, { status: 'done', fingerprint: own.fingerprint, response });
  }

  async abandon(workspaceId: string, key: string, owner: string): Promise<void> {
    if (this.#own(workspaceId, key, owner)) this.#records.delete(`${workspaceId}/${key}`);
  }

  async suspend(workspaceId: string, key: string, owner: string, now: number): Promise<void> {
    const own = this.#own(workspaceId, key, owner);
    if (own) this.#records.set(`${workspaceId}/${key}`, { ...own, until: now });
  }

  #own(workspaceId: string, key: string, owner: string) {
    const present = this.#records.get(`${workspaceId}/${key}`);
    return present?.status === 'started' && present.owner === owner ? present : null;
  }
}

function newCaller() {
  return callerAt(new StillClock(1_000_000));
}

function callerAt<C extends Clock>(clock: C) {
  const ports = { idempotency: new MemoryIdempotency(), clock };
  const call = (work: OnceRequest<string>['work'], change: Partial<OnceRequest<string>> = {}) =>
    runOnce(ports, {
      workspaceId: 'salon',
      operation: 'createContact',
      key: 'call-1',
      arguments: { name: 'Ines' },
      deadline: clock.now() + 5_000,
      work,
      ...change,
    });
  return { call, clock };
}

const never = () => new Promise<never>(() => undefined);

describe('runOnce', () => {
  test('does the work of 50 concurrent calls once and gives all the same answer', async () => {
    const { call } = callerAt(new ShiftedClock());
    let done = 0;
    const work = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done += 1;
      return `answer ${done}`;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(work)));
    expect(new Set(answers)).toEqual(new Set(['answer 1']));
  });

  test('repeats the answer later, and does nothing again', async () => {
    const { call } = newCaller();
    await call(async () => 'first');
    expect(await call(async () => 'second')).toBe('first');
  });

  test('tells keys of different operations and workspaces apart', async () => {
    const { call } = newCaller();
    await call(async () => 'first');
    expect(await call(async () => 'second', { operation: 'book' })).toBe('second');
    expect(await call(async () => 'third', { workspaceId: 'clinic' })).toBe('third');
  });

  test('refuses a key that was used with other arguments, in whatever order they come', async () => {
    const { call } = newCaller();
    await call(async () => 'first', { arguments: { a: 1, b: 2 } });
    expect(await call(async () => 'second', { arguments: { b: 2, a: 1 } })).toBe('first');
    const other = call(async () => 'third', { arguments: { a: 1, b: 3 } });
    await expect(other).rejects.toMatchObject({ code: 'idempotency_conflict', field: 'Idempotency-Key' });
  });

  test('frees the key after an error that changed nothing', async () => {
    const { call } = newCaller();
    const refused = new HubError('provider_rejected', { detail: 'no' });
    await expect(call(() => Promise.reject(refused))).rejects.toBe(refused);
    expect(await call(async (abandoned) => JSON.stringify(abandoned))).toBe('null');
  });

  test.each([
    ['unknown', new HubError('provider_unavailable', { detail: 'lost', outcomeUnknown: true })],
    ['not ours', new TypeError('surprise')],
  ])('keeps the key after an error whose outcome is %s: the next try learns of the first at once', async (_, error) => {
    const { call, clock } = newCaller();
    const startedAt = clock.now();
    await expect(call(() => Promise.reject(error))).rejects.toBe(error);
    clock.advance(1_000);
    // A second failure makes the first one's outcome no better known, and did nothing itself.
    const refused = new HubError('provider_rejected', { detail: 'no' });
    await expect(call(() => Promise.reject(refused))).rejects.toBe(refused);
    expect(await call(async (abandoned) => JSON.stringify(abandoned))).toBe(
      JSON.stringify({ startedAt, endedBy: startedAt }),
    );
  });

  test('takes over from an attempt that has died, and the dead one cannot answer for it', async () => {
    const { call, clock } = newCaller();
    let finish: (answer: string) => void = () => undefined;
    const slow = call(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(20_001);
    const taken = await call(async (abandoned) => (abandoned ? 'found out' : 'did it again'));
    expect(taken).toBe('found out');
    finish('too late');
    await slow;
    expect(await call(async () => 'again')).toBe('found out');
  });

  test('lets a caller wait for the first call no longer than its deadline', async () => {
    const { call, clock } = newCaller();
    void call(never);
    const startedAt = clock.now();
    const second = call(async () => 'second', { deadline: startedAt + 1_000 });
    await expect(second).rejects.toMatchObject({ code: 'idempotency_conflict', retryAfterSeconds: expect.any(Number) });
    expect(clock.now()).toBeLessThanOrEqual(startedAt + 1_000);
  });
});
