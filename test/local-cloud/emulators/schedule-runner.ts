import { randomUUID } from 'node:crypto';
import type { Schedule, ScheduleStore, ScheduleTarget } from './schedule-store.ts';

/** Brings an input to a schedule's target: an SQS queue, a Lambda function, or an `aws-sdk:` call. */
export type Deliver = (target: ScheduleTarget, input: string) => Promise<void>;

/**
 * Fires the schedules that are due. AWS delivers within 60 seconds; here it is within one tick. Flexible time
 * windows are ignored, and a target that fails is not retried: it goes to the schedule's dead-letter queue.
 */
export class ScheduleRunner {
  readonly #store: ScheduleStore;
  readonly #deliver: Deliver;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(store: ScheduleStore, deliver: Deliver, { now = Date.now, tickMs = 250 } = {}) {
    this.#store = store;
    this.#deliver = deliver;
    this.#now = now;
    this.#timer = setInterval(() => void this.fireDue(), tickMs);
    this.#timer.unref();
  }

  /** Fires everything that is due now, each schedule at most once however late it is. */
  async fireDue(): Promise<void> {
    const now = this.#now();
    const firings: Promise<void>[] = [];
    for (const schedule of this.#store.all()) {
      const { dueAt } = schedule;
      if (dueAt === undefined || dueAt > now) continue;
      let next = schedule.timetable.next(dueAt);
      while (next !== undefined && next <= now) next = schedule.timetable.next(next);
      schedule.dueAt = next;
      const ended = !schedule.timetable.once && schedule.EndDate !== undefined && dueAt > schedule.EndDate * 1000;
      if (schedule.State === 'ENABLED' && !ended) firings.push(this.#fire(schedule, dueAt));
      if ((next === undefined || ended) && schedule.ActionAfterCompletion === 'DELETE') {
        this.#store.delete(schedule.GroupName, schedule.Name);
      }
    }
    await Promise.all(firings);
  }

  /** Fires one schedule now, whatever its timetable says. */
  async fireNow(groupName: string, name: string): Promise<void> {
    await this.#fire(this.#store.get(groupName, name), this.#now());
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #fire(schedule: Schedule, dueAt: number): Promise<void> {
    const { Target: target } = schedule;
    const values: Record<string, string> = {
      'schedule-arn': schedule.Arn,
      'scheduled-time': new Date(dueAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      'execution-id': randomUUID(),
      'attempt-number': '1',
    };
    const input = (target.Input ?? defaultInput(schedule, values)).replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (text, name: string) => values[name] ?? text,
    );
    try {
      await this.#deliver(target, input);
    } catch (error) {
      const deadLetters = target.DeadLetterConfig?.Arn;
      if (deadLetters === undefined)
        process.emitWarning(`Schedule ${schedule.Name} was not delivered: ${String(error)}`);
      else await this.#deliver({ Arn: deadLetters, RoleArn: target.RoleArn }, input);
    }
  }
}

/** What a target gets from a schedule that has no input of its own. */
function defaultInput({ Arn }: Schedule, values: Record<string, string>): string {
  const [, , , region, account] = Arn.split(':');
  return JSON.stringify({
    version: '0',
    id: values['execution-id'],
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: values['scheduled-time'],
    region,
    resources: [Arn],
    detail: '{}',
  });
}
