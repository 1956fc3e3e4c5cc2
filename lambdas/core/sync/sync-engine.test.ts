import { describe, expect, test } from '@jest/globals';
import { MemoryHub, type RunMessage, SCOPE } from '../../../test/faults/support/memory-hub.ts';
import { recordOf } from '../../../test/faults/support/model-provider.ts';
import type { PullRequest } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import { METRICS } from '../names.ts';
import { applyPage } from './mirror-writer.ts';

const MINUTE = 60_000;
const LEASE_MS = 5 * MINUTE;
const DAY = 24 * 60 * MINUTE;

/** A hub whose provider knows `count` contacts and one customer. */
function hubWith(count: number, config: ConstructorParameters<typeof MemoryHub>[0] = {}): MemoryHub {
  const hub = new MemoryHub(config);
  for (let index = 1; index <= count; index += 1) hub.provider.create('contacts', `Contact${index}`);
  hub.provider.create('customers', 'Customer1');
  return hub;
}

function expectTrue(hub: MemoryHub): void {
  expect(hub.mirrored('contacts')).toEqual(hub.provider.truth('contacts'));
  expect(hub.mirrored('customers')).toEqual(hub.provider.truth('customers'));
}

const throttled = (retryAfterSeconds: number) => new HubError('rate_limited', { detail: 'slower', retryAfterSeconds });
const down = () => new HubError('provider_unavailable', { detail: 'down' });

/** Fails the next `times` pages of a resource. */
function failing(hub: MemoryHub, resource: PullRequest['resource'], error: () => Error, times = 1): void {
  let left = times;
  hub.provider.beforePage = (request) => {
    if (request.resource !== resource || left === 0) return;
    left -= 1;
    throw error();
  };
}

/** Lets something happen once, while the answer with the next page of a resource is on its way. */
function meanwhile(hub: MemoryHub, resource: PullRequest['resource'], happening: () => Promise<unknown>): void {
  let pending = true;
  hub.provider.onItsWay = async (request) => {
    if (request.resource !== resource || !pending) return;
    pending = false;
    await happening();
  };
}

/** Does something before and after every call that a worker makes to the state store. */
function disturb({ states }: MemoryHub, disturbance: () => Promise<void>): void {
  let isOurs = false;
  const pause = async () => {
    if (isOurs) return;
    isOurs = true;
    await disturbance();
    isOurs = false;
  };
  const around =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await pause();
      const answer = await call.apply(states, args);
      await pause();
      return answer;
    };
  states.get = around(states.get);
  states.acquire = around(states.acquire);
  states.save = around(states.save);
  states.release = around(states.release);
}

describe('a run', () => {
  test('is completed when every resource has reached its end, and logs what it did', async () => {
    const hub = hubWith(7);
    const run = await hub.sync('full');
    expectTrue(hub);
    expect(run).toMatchObject({ status: 'completed', type: 'full', trigger: 'manual', waits: 0, error: null });
    expect(run.counts).toMatchObject({
      contacts: { seen: 7, upserted: 7, created: 7, unchanged: 0, deleted: 0, rejected: 0, pages: 4 },
      customers: { seen: 1, created: 1 },
    });
    expect(hub.metrics.of(METRICS.syncRunCompleted)).toBe(1);
  });

  test('leaves its own start as the watermark, however long it took', async () => {
    const hub = hubWith(4);
    hub.provider.beforePage = () => hub.clock.advance(MINUTE);
    const run = await hub.sync('full');
    const { watermarks } = hub.states.current;
    expect(watermarks.contacts?.completeUntil).toBe(run.startedAt);
    expect(watermarks.customers?.completeUntil).toBe(run.startedAt);
    expect(Date.parse(run.completedAt ?? '')).toBeGreaterThan(Date.parse(run.startedAt ?? ''));
  });

  test('that fails half-way is not completed and moves only the watermark of what is complete', async () => {
    const hub = hubWith(4);
    const first = await hub.sync('full');
    hub.clock.advance(DAY);
    failing(hub, 'customers', () => new HubError('missing_scope', { detail: 'may not' }));
    const second = await hub.sync('incremental');
    expect(second).toMatchObject({ status: 'failed', error: { code: 'missing_scope' } });
    expect(hub.states.current.watermarks.contacts?.completeUntil).toBe(second.startedAt);
    expect(hub.states.current.watermarks.customers?.completeUntil).toBe(first.startedAt);
    expect(hub.states.current.completeUntil).toBe(first.completedAt);
    expect(hub.metrics.of(METRICS.syncRunFailed)).toBe(1);
  });

  test('asks for what changed since the watermark, less the overlap', async () => {
    const hub = hubWith(4);
    const first = await hub.sync('full');
    hub.clock.advance(DAY);
    hub.provider.patch('contacts', '2', 'Renamed');
    hub.provider.requests.length = 0;
    const second = await hub.sync('incremental');
    const since = new Date(Date.parse(first.startedAt ?? '') - MINUTE).toISOString();
    expect(hub.provider.requests[0]).toMatchObject({ mode: 'incremental', since, until: second.startedAt });
    expectTrue(hub);
  });

  test('does not write what has not changed', async () => {
    const hub = hubWith(5);
    await hub.sync('full');
    const written = hub.mirror.written;
    hub.provider.patch('contacts', '3', 'Renamed');
    const run = await hub.sync('full');
    expect(hub.mirror.written).toBe(written + 1);
    expect(run.counts.contacts).toMatchObject({ seen: 5, upserted: 1, created: 0, unchanged: 4 });
    expectTrue(hub);
  });

  test('keeps records that cannot be read as they were, and reports them', async () => {
    const hub = hubWith(5);
    await hub.sync('full');
    hub.provider.unreadable.add('2');
    const run = await hub.sync('full');
    expect(run).toMatchObject({
      status: 'completed',
      rejections: [{ resource: 'contacts', id: '2', reason: 'unreadable' }],
      counts: { contacts: { seen: 5, rejected: 1, deleted: 0 } },
    });
    expect(hub.mirrored('contacts')['2']).toBe('Contact2');
    expect(hub.metrics.of(METRICS.recordsRejected)).toBe(1);
  });

  test('removes what a full pull no longer finds, but not what was written while it ran', async () => {
    const hub = hubWith(5);
    await hub.sync('full');
    hub.provider.erase('contacts', '4');
    hub.clock.advance(MINUTE);
    const fresh = recordOf('contacts', { id: 99, name: 'Live', updatedAt: hub.clock.now() });
    meanwhile(hub, 'contacts', () => {
      hub.clock.advance(1_000);
      return applyPage(hub, SCOPE, 'contacts', { records: [fresh], deletedIds: [] }, () => undefined);
    });
    const run = await hub.sync('full');
    expect(run.counts.contacts?.deleted).toBe(1);
    expect(hub.mirrored('contacts')).toEqual({ ...hub.provider.truth('contacts'), 99: 'Live' });
  });

  test('does not put an older version over one that a live call has written', async () => {
    const hub = hubWith(2);
    await hub.sync('full');
    hub.provider.patch('contacts', '1', 'Old');
    const newer = recordOf('contacts', { id: 1, name: 'New', updatedAt: hub.clock.now() + 5_000 });
    meanwhile(hub, 'contacts', () =>
      applyPage(hub, SCOPE, 'contacts', { records: [newer], deletedIds: [] }, () => undefined),
    );
    const run = await hub.sync('incremental');
    expect(hub.mirrored('contacts')['1']).toBe('New');
    expect(run.counts.contacts).toMatchObject({ upserted: 0, unchanged: 2 });
  });

  test('pulls a resource in full when its feed cannot be continued', async () => {
    const hub = hubWith(5);
    await hub.sync('full');
    hub.provider.erase('contacts', '2');
    hub.provider.fullRequired.add('contacts');
    hub.clock.advance(DAY);
    hub.provider.requests.length = 0;
    const run = await hub.sync('incremental');
    expect(run).toMatchObject({ status: 'completed', type: 'incremental' });
    expectTrue(hub);
    expect(hub.states.current.watermarks.contacts?.lastFullAt).toBe(run.startedAt);
    expect(hub.provider.requests.filter(({ mode }) => mode === 'full').map(({ resource }) => resource)).not.toContain(
      'customers',
    );
  });

  test('is full the first time, and when a schedule finds the last full one too long ago', async () => {
    const hub = hubWith(2, { fullSyncEveryDays: 7 });
    const types: string[] = [];
    for (const [days, trigger] of [
      [0, 'schedule'],
      [6, 'schedule'],
      [0.9, 'manual'],
      [0.5, 'schedule'],
      [1, 'schedule'],
    ] as const) {
      hub.clock.advance(days * DAY);
      types.push((await hub.sync('incremental', { trigger })).type);
    }
    expect(types).toEqual(['full', 'incremental', 'incremental', 'full', 'incremental']);
  });

  test('is dropped when the integration is gone or being disconnected', async () => {
    const hub = hubWith(1);
    const integration = hub.integrations.current;
    if (!integration) throw new Error('no integration');
    for (const current of [
      null,
      { ...integration, status: 'disconnecting' },
      { ...integration, status: 'pending' },
    ] as const) {
      hub.integrations.current = current;
      await hub.ask('full');
      expect(await hub.drain()).toEqual(['dropped']);
    }
    expect(hub.states.current.lease).toBeNull();
  });

  test('fails at once when the business must reconnect', async () => {
    const hub = hubWith(3);
    const reauth = () => new HubError('reauth_required', { detail: 'reconnect' });
    failing(hub, 'contacts', reauth, 100);
    expect(await hub.sync('full')).toMatchObject({ status: 'failed', waits: 0, error: { code: 'reauth_required' } });
    expect(hub.provider.requests).toHaveLength(1);
    expect(hub.states.current).toMatchObject({ lease: null, active: null });
  });
});

describe('a run that must wait', () => {
  test('parks for as long as the provider says and goes on where it was', async () => {
    const hub = hubWith(8);
    let calls = 0;
    hub.provider.beforePage = () => {
      calls += 1;
      if (calls === 2) throw throttled(120);
    };
    const message = await hub.ask('full');
    const startedAt = hub.clock.now();
    const outcomes = await hub.drain();
    expect(outcomes).toEqual(['parked', 'finished']);
    expect(hub.queue.sent[1]).toMatchObject({
      delaySeconds: 120,
      message: { runId: message.runId, trigger: 'continuation' },
    });
    expect(hub.clock.now() - startedAt).toBeGreaterThanOrEqual(120_000);
    // The first page was not asked for again.
    expect(hub.provider.requests.filter(({ cursor, resource }) => resource === 'contacts' && !cursor)).toHaveLength(1);
    expect(hub.run(message)).toMatchObject({ status: 'completed', waits: 1, trigger: 'manual' });
    expectTrue(hub);
  });

  test('waits longer than a queue can delay, in several messages', async () => {
    const hub = hubWith(2);
    failing(hub, 'contacts', () => throttled(2_000));
    const message = await hub.ask('full');
    const startedAt = hub.clock.now();
    expect(await hub.drain()).toEqual(['parked', 'parked', 'parked', 'finished']);
    expect(hub.queue.sent.slice(1).map(({ delaySeconds }) => delaySeconds)).toEqual([900, 900, 200]);
    expect(hub.clock.now() - startedAt).toBe(2_000_000);
    expect(hub.run(message)).toMatchObject({ status: 'completed', waits: 1 });
    expect(hub.provider.requests.filter(({ resource }) => resource === 'contacts')).toHaveLength(3);
  });

  test('is shown as waiting meanwhile, with nobody holding the lease', async () => {
    const hub = hubWith(2);
    failing(hub, 'contacts', down);
    const message = await hub.ask('full');
    expect(await hub.work(message)).toBe('parked');
    expect(hub.run(message)).toMatchObject({ status: 'waiting', waits: 1, completedAt: null });
    expect(hub.states.current).toMatchObject({ lease: null, active: { run: { status: 'waiting' } } });
    expect(hub.metrics.of(METRICS.syncRunWaiting)).toBe(1);
  });

  test('pauses longer after each failure, gives up in the end, and says why', async () => {
    const hub = hubWith(2);
    failing(hub, 'contacts', down, 1_000);
    const run = await hub.sync('full');
    expect(run).toMatchObject({ status: 'failed', error: { code: 'provider_unavailable', message: 'down' } });
    const delays = hub.queue.sent.slice(1).map(({ delaySeconds }) => delaySeconds);
    expect(delays).toEqual([30, 60, 120, 240, 480, 900, 900, 900, 900, 900]);
    expect(hub.states.current).toMatchObject({ lease: null, active: null, lastRun: { status: 'failed' } });
  });

  test('counts its failures anew after a page that worked', async () => {
    const hub = hubWith(9);
    let calls = 0;
    hub.provider.beforePage = () => {
      calls += 1;
      // Two failures before each page that works.
      if (calls % 3 !== 0) throw down();
    };
    const run = await hub.sync('full');
    expect(run.status).toBe('completed');
    expect(run.waits).toBeGreaterThan(10);
    expect(Math.max(...hub.queue.sent.map(({ delaySeconds }) => delaySeconds))).toBe(60);
    expectTrue(hub);
  });

  test('treats an error of our own as passing, without telling its message', async () => {
    const hub = hubWith(2);
    failing(hub, 'contacts', () => new Error('secret details'), 1_000);
    const run = await hub.sync('full');
    expect(run).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(run.error?.message).not.toContain('secret');
  });

  test('parks when its time is nearly up, and needs no page twice', async () => {
    const hub = hubWith(12);
    const message = await hub.ask('full');
    let pages = 0;
    hub.provider.beforePage = () => {
      pages += 1;
    };
    // Each execution has time for some pages only.
    const outcomes: string[] = [];
    while (hub.queue.size > 0) {
      hub.clock.advance(1_000);
      const delivery = hub.queue.receive();
      if (!delivery) continue;
      const until = pages + 4;
      outcomes.push(await hub.work(delivery.message as RunMessage, () => (pages < until ? 10 * MINUTE : MINUTE - 1)));
      hub.queue.delete(delivery);
      expect(outcomes.length).toBeLessThan(30);
    }
    expect(outcomes.length).toBeGreaterThan(2);
    expect(outcomes.at(-1)).toBe('finished');
    expect(hub.run(message)).toMatchObject({ status: 'completed', counts: { contacts: { seen: 12, created: 12 } } });
    expectTrue(hub);
  });
});

describe('the deletion brake', () => {
  const many = 40;

  test.each(['archive', 'erase'] as const)('stops a run after too many records are gone (%s)', async (kind) => {
    const hub = hubWith(many, { deletionBrakePercent: 30 });
    await hub.sync('full');
    for (const id of hub.provider.ids('contacts').slice(0, 20)) hub.provider[kind]('contacts', id);
    const run = await hub.sync(kind === 'archive' ? 'incremental' : 'full');
    expect(run).toMatchObject({ status: 'blocked', error: { code: 'deletion_brake' } });
    // At most what is allowed is gone.
    expect(Object.keys(hub.mirrored('contacts')).length).toBeGreaterThanOrEqual(many - 12);
    expect(hub.metrics.of(METRICS.syncRunBlocked)).toBe(1);

    const confirmed = await hub.sync('full', { confirmDeletions: true });
    expect(confirmed.status).toBe('completed');
    expectTrue(hub);
  });

  test('lets few deletions pass whatever their share', async () => {
    const hub = hubWith(11, { deletionBrakePercent: 5 });
    await hub.sync('full');
    for (const id of hub.provider.ids('contacts').slice(0, 10)) hub.provider.erase('contacts', id);
    expect((await hub.sync('full')).status).toBe('completed');
    expectTrue(hub);
  });

  test('with 0 % lets none pass', async () => {
    const hub = hubWith(11, { deletionBrakePercent: 0 });
    await hub.sync('full');
    hub.provider.archive('contacts', '1');
    expect((await hub.sync('incremental')).status).toBe('blocked');
    expect(Object.keys(hub.mirrored('contacts'))).toHaveLength(11);
  });

  test('stays off through a pause once a person has confirmed', async () => {
    const hub = hubWith(many);
    await hub.sync('full');
    for (const id of hub.provider.ids('contacts').slice(0, 30)) hub.provider.erase('contacts', id);
    failing(hub, 'contacts', () => throttled(60));
    const run = await hub.sync('full', { confirmDeletions: true });
    expect(run).toMatchObject({ status: 'completed', waits: 1 });
    expectTrue(hub);
  });
});

describe('a second request while a run goes on', () => {
  test('becomes exactly one follow-up run', async () => {
    const hub = hubWith(4);
    let second: RunMessage | undefined;
    meanwhile(hub, 'contacts', async () => {
      second = await hub.ask('incremental');
      expect(await hub.work(second)).toBe('folded');
      hub.queue.delete({ id: hub.queue.sent.length, message: second });
    });
    const first = await hub.sync('full');
    expect(first.status).toBe('completed');
    expect(hub.runs.all.map(({ runId, status }) => [runId, status])).toEqual([
      [first.runId, 'completed'],
      [second?.runId, 'completed'],
    ]);
    expect(Date.parse(hub.runs.all[1]?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first.completedAt ?? ''));
    expect(hub.states.current).toMatchObject({ followUp: null, active: null, lease: null });
  });

  test.each([
    ['incremental', 'incremental', 'third'],
    ['full', 'incremental', 'second'],
    ['incremental', 'full', 'third'],
  ] as const)('and a third (%s, then %s): one runs, the log of the other names it', async (type2, type3, stands) => {
    const hub = hubWith(4);
    const later: RunMessage[] = [];
    meanwhile(hub, 'contacts', async () => {
      for (const type of [type2, type3]) {
        const message = await hub.ask(type);
        later.push(message);
        expect(await hub.work(message)).toBe('folded');
        hub.queue.delete({ id: hub.queue.sent.length, message });
      }
    });
    const first = await hub.sync('full');
    const [second, third] = later;
    if (!second || !third) throw new Error('not asked');
    const [runs, folded] = stands === 'third' ? [third, second] : [second, third];
    expect(hub.run(first)?.status).toBe('completed');
    expect(hub.run(runs)).toMatchObject({ status: 'completed', type: runs.type });
    expect(hub.run(folded)).toMatchObject({ status: 'folded', foldedInto: runs.runId, startedAt: null });
    // Its message delivered once more changes nothing.
    expect(await hub.work(folded)).toBe('duplicate');
    expect(hub.runs.all).toHaveLength(3);
  });

  test('waits until a parked run has ended', async () => {
    const hub = hubWith(4);
    failing(hub, 'contacts', () => throttled(600));
    const first = await hub.ask('full');
    expect(await hub.work(first)).toBe('parked');
    hub.queue.delete({ id: 1, message: first });
    const second = await hub.ask('incremental');
    expect(await hub.work(second)).toBe('folded');
    hub.queue.delete({ id: hub.queue.sent.length, message: second });
    await hub.drain();
    expect([hub.run(first)?.status, hub.run(second)?.status]).toEqual(['completed', 'completed']);
    expect(hub.provider.requests[0]?.mode).toBe('full');
  });

  test('runs once, at whatever moment of the first one it arrives', async () => {
    let moments = 0;
    for (let second: RunMessage | null = null; moments === 0 || second; moments += 1) {
      second = null;
      const hub = hubWith(1);
      const first = await hub.ask('full');
      let calls = 0;
      disturb(hub, async () => {
        calls += 1;
        if (calls !== moments + 1) return;
        second = await hub.ask('incremental');
        const delivery = { id: hub.queue.sent.length, message: second };
        await hub.work(second);
        hub.queue.delete(delivery);
      });
      await hub.drain();
      const asked: readonly RunMessage[] = second ? [first, second] : [first];
      expect([moments, asked.map((message) => hub.run(message)?.status)]).toEqual([
        moments,
        asked.map(() => 'completed'),
      ]);
      expect(hub.runs.all).toHaveLength(asked.length);
      expect(hub.states.current).toMatchObject({ active: null, lease: null, followUp: null });
    }
    expect(moments).toBeGreaterThan(20);
  });
});

describe('a second request that finds a run going on', () => {
  test('is not lost when that run ends before the request is noted', async () => {
    const hub = hubWith(1);
    const first = await hub.ask('full');
    const second = await hub.ask('incremental');
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const underWay = new Promise<void>((resolve) => {
      hub.provider.onItsWay = () => {
        resolve();
        return held;
      };
    });
    const working = hub.work(first);
    await underWay;
    const fold = hub.states.fold.bind(hub.states);
    hub.states.fold = async (...args) => {
      goOn();
      expect(await working).toBe('finished');
      return fold(...args);
    };
    const delivery = { id: 2, message: second };
    await hub.work(second);
    hub.queue.delete(delivery);
    await hub.drain();
    expect(hub.run(second)?.status).toBe('completed');
    expect(hub.states.current).toMatchObject({ active: null, lease: null, followUp: null });
  });
});

describe('a message that is delivered again', () => {
  test('does nothing after its run has ended', async () => {
    const hub = hubWith(3);
    const message = await hub.ask('full');
    await hub.drain();
    const before = JSON.stringify([hub.states.current.watermarks, hub.runs.all]);
    const requests = hub.provider.requests.length;
    expect(await hub.work(message)).toBe('duplicate');
    expect(JSON.stringify([hub.states.current.watermarks, hub.runs.all])).toBe(before);
    expect(hub.provider.requests).toHaveLength(requests);
    expect(hub.states.current.lease).toBeNull();
  });

  test('while its run goes on waits for the lease to end, in case the holder is dead', async () => {
    const hub = hubWith(3);
    const message = await hub.ask('full');
    let outcome: string | undefined;
    meanwhile(hub, 'customers', async () => {
      outcome = await hub.work(message);
    });
    await hub.drain();
    expect(outcome).toBe('parked');
    expect(hub.queue.sent[1]?.message).toEqual(message);
    expect(hub.queue.sent[1]?.delaySeconds).toBeGreaterThanOrEqual(LEASE_MS / 1000);
    expect(hub.runs.all.map(({ status }) => status)).toEqual(['completed']);
    expectTrue(hub);
  });

  test('before its dead worker has logged anything is not lost', async () => {
    const hub = hubWith(3);
    const message = await hub.ask('full');
    const now = hub.clock.now();
    await hub.states.acquire(SCOPE, { owner: 'dead', now, until: now + LEASE_MS });
    await hub.drain();
    expect(hub.run(message)?.status).toBe('completed');
    expectTrue(hub);
  });
});

describe('a worker whose lease was taken over', () => {
  test('stops and touches nothing', async () => {
    const hub = hubWith(6);
    const message = await hub.ask('full');
    const everything = () => JSON.stringify([hub.mirrored('contacts'), hub.states.current, hub.runs.all]);
    let afterTakeover = '';
    meanwhile(hub, 'contacts', async () => {
      // It hangs in its first call for longer than its lease.
      hub.clock.advance(LEASE_MS + 1);
      expect(await hub.work(message)).toBe('finished');
      hub.provider.erase('contacts', '1');
      expect((await hub.sync('full')).status).toBe('completed');
      afterTakeover = everything();
    });
    expect(await hub.work(message)).toBe('superseded');
    expect(everything()).toBe(afterTakeover);
    expectTrue(hub);
  });
});
