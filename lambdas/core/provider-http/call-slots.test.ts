import { describe, expect, test } from '@jest/globals';
import { CallSlots } from './call-slots.ts';

/** Whether a promise is settled by now. */
async function isReady(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('calls under way', () => {
  test('are no more than allowed; the next begins when one ends', async () => {
    const slots = new CallSlots(2);
    const first = await slots.take('live', null);
    await slots.take('live', null);
    const third = slots.take('live', null);
    expect(await isReady(third)).toBe(false);
    first?.();
    expect(await isReady(third)).toBe(true);
  });

  test('in the background leave a slot for a caller', async () => {
    const slots = new CallSlots(3);
    const background = [1, 2, 3, 4].map(() => slots.take('background', null));
    expect(await Promise.all(background.map(isReady))).toEqual([true, true, false, false]);
    expect(await isReady(slots.take('live', null))).toBe(true);
  });

  test('in the background go on where there is one slot only', async () => {
    const slots = new CallSlots(1);
    const first = await slots.take('background', null);
    const second = slots.take('background', null);
    expect(await isReady(second)).toBe(false);
    first?.();
    expect(await isReady(second)).toBe(true);
  });

  test('that are given up in the queue take no slot, and leave nothing behind', async () => {
    const slots = new CallSlots(2);
    const releases = [await slots.take('live', null), await slots.take('background', null)];
    const signal = AbortSignal.timeout(20);
    expect(await Promise.all([slots.take('live', signal), slots.take('background', signal)])).toEqual([null, null]);
    expect(await slots.take('live', signal)).toBeNull();
    for (const release of releases) release?.();
    const again = await Promise.all([slots.take('live', null), slots.take('background', null)]);
    for (const release of again) release?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(slots.isIdle).toBe(true);
  });
});
