/** Random edits at the provider, between and during syncs, with workers that die anywhere: the mirror stays true. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryHub, type RunMessage } from '../../../test/faults/support/memory-hub.ts';
import type { ModelProvider } from '../../../test/faults/support/model-provider.ts';
import { MortalLife } from '../../../test/faults/support/mortal-life.ts';

const MINUTE = 60_000;

/** `pick` chooses among the records that the edit can be made to. */
const editArbitrary = fc.record({
  kind: fc.constantFrom('create', 'patch', 'touchAll', 'archive', 'restore', 'merge', 'erase'),
  pick: fc.nat({ max: 30 }),
});
type Edit = { readonly kind: string; readonly pick: number };

const stepArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.record({ edit: editArbitrary }) },
  {
    weight: 2,
    arbitrary: fc.record({
      sync: fc.constantFrom('full' as const, 'incremental' as const),
      /** The worker's last deed; a run of this size has fewer than 60. */
      dies: fc.option(fc.record({ at: fc.integer({ min: 1, max: 60 }), landed: fc.boolean() })),
      /** Somebody edits while a page is on its way. */
      during: fc.option(editArbitrary),
    }),
  },
);

let names = 0;

function apply(provider: ModelProvider, { kind, pick }: Edit): void {
  const live = provider.ids('contacts');
  const one = live[pick % Math.max(1, live.length)];
  const archived = provider.ids('contacts', 'archived');
  names += 1;
  switch (kind) {
    case 'create':
      provider.create('contacts', `Person${names}`);
      break;
    case 'patch':
      if (one) provider.patch('contacts', one, `Renamed${names}`);
      break;
    case 'touchAll':
      for (const id of live) provider.patch('contacts', id, `Bulk${names}-${id}`);
      break;
    case 'archive':
      if (one) provider.archive('contacts', one);
      break;
    case 'restore': {
      const back = archived[pick % Math.max(1, archived.length)];
      if (back) provider.restore('contacts', back);
      break;
    }
    case 'merge': {
      const other = live[(pick + 1) % Math.max(1, live.length)];
      if (one && other && one !== other) provider.merge('contacts', one, other);
      break;
    }
    case 'erase':
      if (one) provider.erase('contacts', one);
  }
}

/** Delivers everything that is due or will be; the first delivery may be fatal. */
async function deliverAll(hub: MemoryHub, death: { at: number; landed: boolean } | null): Promise<void> {
  const delivery = hub.queue.receive();
  if (delivery) {
    const life = new MortalLife(death);
    const outcome = await Promise.race([hub.work(delivery.message as RunMessage, undefined, life), life.died]);
    if (outcome !== 'died') hub.queue.delete(delivery);
  }
  await hub.drain();
}

async function play(steps: readonly (typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never)[]) {
  const hub = new MemoryHub({ deletionBrakePercent: 100 });
  for (let index = 0; index < 5; index += 1) hub.provider.create('contacts', `First${index}`);
  for (const step of steps) {
    hub.clock.advance(MINUTE);
    if ('edit' in step) {
      apply(hub.provider, step.edit);
      continue;
    }
    const { during } = step;
    let pending = during !== null;
    hub.provider.onItsWay = () => {
      if (!pending || !during) return;
      pending = false;
      hub.clock.advance(1);
      apply(hub.provider, during);
    };
    await hub.ask(step.sync);
    await deliverAll(hub, step.dies);
    hub.provider.onItsWay = () => undefined;
  }
  hub.clock.advance(MINUTE);
  return hub;
}

function expectTidy(hub: MemoryHub): void {
  expect(hub.states.current).toMatchObject({ lease: null, active: null, followUp: null });
  expect(hub.runs.all.map(({ status }) => status)).toEqual(hub.runs.all.map(() => 'completed'));
}

test('after a full sync the mirror is what the provider has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 14 }), async (steps) => {
      const hub = await play(steps);
      await hub.sync('full');
      expect(hub.mirrored('contacts')).toEqual(hub.provider.truth('contacts'));
      expectTidy(hub);
    }),
    { numRuns: 300 },
  );
});

test('after an incremental sync the mirror is what the provider has, but for what no feed reports', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 14 }), async (steps) => {
      const hub = await play(steps);
      await hub.sync('incremental');
      const mirrored = hub.mirrored('contacts');
      const unreported = hub.provider.ids('contacts', 'erased');
      for (const id of unreported) delete mirrored[id];
      expect(mirrored).toEqual(hub.provider.truth('contacts'));
      expectTidy(hub);
    }),
    { numRuns: 300 },
  );
});
