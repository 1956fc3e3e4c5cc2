import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/ports.ts';

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  async sleep(ms: number): Promise<void> {
    await delay(Math.max(0, ms));
  }
}
