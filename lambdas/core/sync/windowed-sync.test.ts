/** Resources of which a provider shows a window of time only: what left the window stays, what left the provider goes. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connectedIntegration, KeepingLogger, StillClock } from '../../../test/faults/support/doubles.ts';
import { MemoryMirror } from '../../../test/faults/support/memory-stores.ts';
import type { ConnectorSession, IntegrationConnector, PullRequest } from '../../connectors/connector.ts';
import { manifest } from '../../connectors/hubspot/manifest.ts';
import { appointmentRecord } from '../../connectors/kit/records.ts';
import { ScriptedHttp, sessionFor } from '../../connectors/kit/scripted-http.ts';
import { windowAround } from '../../connectors/kit/windows.ts';
import type { Appointment } from '../model/appointment.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { ResourceProgress, ResourceWatermark, SyncType } from '../model/sync-run.ts';
import { syncResource } from './resource-sync.ts';

const DAY_MS = 24 * 60 * 60_000;
const NOW = Date.parse('2026-11-23T12:00:00Z');
const SCOPE = { workspaceId: 'salon', integrationId: 'int_1' };

/** A diary that is asked by windows: wide in a full pull, narrow in an incremental one. */
class Diary {
  readonly days = new Map<string, number>();
  readonly unreadable = new Set<string>();
  /** Ids that were asked for, call by call. */
  readonly asked: (readonly string[])[] = [];
  now = NOW;

  connector(): IntegrationConnector & Required<Pick<IntegrationConnector, 'syncData'>> {
    return {
      manifest: { ...manifest, resources: ['appointments'], windowed: ['appointments'] },
      identifyAccount: async () => ({ id: '1', name: null, attributes: {} }),
      testConnection: async () => undefined,
      syncData: async (_: ConnectorSession, { mode, cursor }: PullRequest) => {
        const window = mode === 'full' ? windowAround(this.now, 90, 365) : windowAround(this.now, 1, 60);
        const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
        const ids = [...this.days].filter(([, at]) => at >= from && at < to).map(([id]) => id);
        const start = cursor === null ? 0 : Number(cursor);
        const next = start + 2 < ids.length ? start + 2 : null;
        return {
          records: ids.slice(start, start + 2).map((id) => recordOf(id, this.days.get(id) ?? 0)),
          deletedIds: [],
          rejected: [],
          next,
          ...(next === null ? { covers: window } : {}),
        };
      },
      findMoved: async (_: ConnectorSession, _resource: string, ids: readonly string[]) => {
        this.asked.push(ids);
        const there = ids.flatMap((id) => (this.days.has(id) ? [recordOf(id, this.days.get(id) ?? 0)] : []));
        return {
          records: there.filter(({ id }) => !this.unreadable.has(id)),
          rejected: there.filter(({ id }) => this.unreadable.has(id)).map(({ id }) => ({ id, reason: 'unreadable' })),
        };
      },
    };
  }
}

function recordOf(id: string, at: number): SourceRecord<Appointment> {
  const times = { start: new Date(at).toISOString(), end: new Date(at + 60 * 60_000).toISOString(), timeZone: 'UTC' };
  return appointmentRecord('appointments', { id, status: 'confirmed', ...times }, {});
}

let diary: Diary;
let mirror: MemoryMirror;
let watermark: ResourceWatermark | undefined;
let runs: number;
/** The process is at its end when it asks for the n-th time whether it is; a new one goes on at the last checkpoint. */
let parksAt: number | null;

beforeEach(() => {
  diary = new Diary();
  mirror = new MemoryMirror();
  watermark = undefined;
  runs = 0;
  parksAt = null;
});

async function sync(type: SyncType, deletionBrakePercent = 100): Promise<ResourceProgress> {
  runs += 1;
  const clock = new StillClock(diary.now);
  const config = { ...connectedIntegration(SCOPE).config, deletionBrakePercent };
  let saved: ResourceProgress | undefined;
  const work = () => {
    let left = parksAt ?? Infinity;
    return syncResource(
      { mirror, clock, logger: new KeepingLogger() },
      {
        scope: SCOPE,
        runId: `run_${runs}`,
        resource: 'appointments',
        type,
        progress: saved,
        watermark,
        connector: diary.connector(),
        session: { ...sessionFor(new ScriptedHttp(() => ({}))), config },
        // A moment later than what is written, as a run's start is earlier than the next one's.
        until: new Date(diary.now + runs).toISOString(),
        deletionsConfirmed: false,
        mustPark: () => {
          left -= 1;
          return left === 0;
        },
        keepLease: async () => undefined,
        checkpoint: async (progress) => {
          saved = progress;
        },
      },
    );
  };
  let result = await work();
  while (result.outcome === 'parked') result = await work();
  watermark = result.watermark;
  return result.progress;
}

const mirrored = () => [...mirror.of('appointments').keys()].sort();
const at = (days: number) => NOW + days * DAY_MS;

describe('a diary of which a window is shown', () => {
  test('an incremental sync removes what was deleted within its window, and nothing outside it', async () => {
    for (const [id, days] of Object.entries({ long_ago: -60, soon: 5, later: 20, far: 200 }))
      diary.days.set(id, at(days));
    await sync('full');
    expect(mirrored()).toEqual(['far', 'later', 'long_ago', 'soon']);
    for (const id of ['long_ago', 'soon', 'far']) diary.days.delete(id);
    expect((await sync('incremental')).counts).toMatchObject({ deleted: 1 });
    expect(mirrored()).toEqual(['far', 'later', 'long_ago']);
    expect((await sync('full')).counts).toMatchObject({ deleted: 2 });
    expect(mirrored()).toEqual(['later']);
    expect(watermark?.records).toBe(1);
  });

  test('what has become too old to be shown stays', async () => {
    diary.days.set('old', at(-80));
    diary.days.set('new', at(1));
    await sync('full');
    diary.now += 30 * DAY_MS;
    await sync('incremental');
    await sync('full');
    expect(mirrored()).toEqual(['new', 'old']);
  });

  test('what was moved out of the window is asked for by id, and stays as it is now', async () => {
    for (const id of ['ahead', 'back', 'deleted', 'unread', 'still']) diary.days.set(id, at(5));
    await sync('full');
    diary.days.set('ahead', at(120)).set('back', at(-40)).set('unread', at(90)).delete('deleted');
    diary.unreadable.add('unread');
    const { counts } = await sync('incremental');
    expect(diary.asked).toEqual([['ahead', 'back', 'deleted', 'unread']]);
    expect(mirrored()).toEqual(['ahead', 'back', 'still', 'unread']);
    expect(mirror.of('appointments').get('ahead')?.data).toMatchObject({ start: '2027-03-23T12:00:00.000Z' });
    expect(counts).toMatchObject({ seen: 4, upserted: 2, created: 0, deleted: 1, rejected: 1 });
    expect(watermark?.records).toBe(4);
    await sync('incremental');
    expect(diary.asked.slice(1)).toEqual([['unread']]);
  });

  test('the brake counts what is gone, and not what was moved', async () => {
    for (let index = 0; index < 60; index += 1) diary.days.set(`a${index}`, at(5));
    await sync('full', 10);
    for (let index = 0; index < 55; index += 1) diary.days.set(`a${index}`, at(120));
    await sync('incremental', 10);
    expect(mirrored()).toHaveLength(60);
    expect(diary.asked.map(({ length }) => length)).toEqual([25, 25, 5]);
    for (let index = 0; index < 20; index += 1) diary.days.delete(`a${index}`);
    await expect(sync('full', 10)).rejects.toThrow('would delete 20 of 60');
    expect(mirrored()).toHaveLength(60);
  });

  test('a run that is interrupted while it asks asks nothing twice, and counts nothing twice', async () => {
    for (let index = 0; index < 80; index += 1) diary.days.set(`a${index}`, at(5));
    await sync('full');
    for (let index = 0; index < 70; index += 1) diary.days.set(`a${index}`, at(120));
    for (let index = 70; index < 75; index += 1) diary.days.delete(`a${index}`);
    // Enough for the pages that are left, and for one question.
    parksAt = 5;
    const { counts } = await sync('incremental');
    expect(diary.asked.flat().filter((id, position, all) => all.indexOf(id) !== position)).toEqual([]);
    expect(counts).toMatchObject({ upserted: 70, deleted: 5 });
    expect(mirrored()).toHaveLength(75);
  });

  test('an appointment that moves into, within and out of the window is never lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fc.integer({ min: -80, max: 300 }))), {
          maxLength: 20,
        }),
        async (edits) => {
          diary = new Diary();
          mirror = new MemoryMirror();
          watermark = undefined;
          for (const [index, [id, days]] of edits.entries()) {
            if (days === null) diary.days.delete(id);
            else diary.days.set(id, at(days));
            const known = mirrored();
            await sync(index % 3 === 0 ? 'full' : 'incremental');
            const live = known.filter((name) => diary.days.has(name));
            expect(mirrored()).toEqual(expect.arrayContaining(live));
          }
          await sync('full');
          expect(mirrored()).toEqual([...diary.days.keys()].sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a feed that does not say what it covers removes nothing', async () => {
    diary.days.set('kept', at(5));
    await sync('full');
    const connector = diary.connector();
    diary.connector = () => ({
      ...connector,
      syncData: async () => ({ records: [], deletedIds: [], rejected: [], next: null }),
    });
    await expect(sync('incremental')).rejects.toMatchObject({ code: 'internal' });
    expect(mirrored()).toEqual(['kept']);
  });
});
