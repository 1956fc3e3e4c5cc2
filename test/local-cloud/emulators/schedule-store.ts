import { AwsError } from './aws-error.ts';
import type { Input } from './emulator-server.ts';
import { parseScheduleExpression, type Timetable } from './schedule-expression.ts';

export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

export interface Schedule {
  readonly Arn: string;
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Target: ScheduleTarget;
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly FlexibleTimeWindow: { readonly Mode: string; readonly MaximumWindowInMinutes?: number };
  readonly Description?: string;
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly CreationDate: number;
  readonly LastModificationDate: number;
  readonly timetable: Timetable;
  /** Epoch milliseconds. */
  dueAt: number | undefined;
}

export interface ScheduleGroup {
  readonly Arn: string;
  readonly Name: string;
  readonly State: 'ACTIVE';
  readonly CreationDate: number;
  readonly LastModificationDate: number;
}

const NAME = /^[0-9a-zA-Z-_.]{1,64}$/;
export const DEFAULT_GROUP = 'default';

/** Schedules and schedule groups, with the checks that EventBridge Scheduler makes before it stores one. */
export class ScheduleStore {
  readonly groups = new Map<string, ScheduleGroup>();
  readonly #schedules = new Map<string, Schedule>();
  readonly #arnPrefix: string;
  readonly #now: () => number;

  constructor({ region, account }: { region: string; account: string }, now: () => number) {
    this.#arnPrefix = `arn:aws:scheduler:${region}:${account}:`;
    this.#now = now;
    this.createGroup(DEFAULT_GROUP);
  }

  createGroup(name: string): ScheduleGroup {
    assertName(name);
    if (this.groups.has(name)) throw new AwsError('ConflictException', `Schedule group ${name} already exists.`, 409);
    const now = this.#now() / 1000;
    const arn = `${this.#arnPrefix}schedule-group/${name}`;
    const group: ScheduleGroup = {
      Arn: arn,
      Name: name,
      State: 'ACTIVE',
      CreationDate: now,
      LastModificationDate: now,
    };
    this.groups.set(name, group);
    return group;
  }

  group(name: string): ScheduleGroup {
    const group = this.groups.get(name);
    if (group === undefined)
      throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
    return group;
  }

  /** Deletes a group with all its schedules; at AWS they may go on firing for a moment. */
  deleteGroup(name: string): void {
    this.group(name);
    if (name === DEFAULT_GROUP) throw new AwsError('ValidationException', 'The default group cannot be deleted.');
    for (const schedule of this.all()) if (schedule.GroupName === name) this.delete(name, schedule.Name);
    this.groups.delete(name);
  }

  all(): Schedule[] {
    return [...this.#schedules.values()].sort((a, b) => (key(a.GroupName, a.Name) < key(b.GroupName, b.Name) ? -1 : 1));
  }

  get(group: string, name: string): Schedule {
    const schedule = this.#schedules.get(key(group, name));
    if (schedule === undefined)
      throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
    return schedule;
  }

  create(group: string, name: string, input: Input): Schedule {
    assertName(name);
    this.group(group);
    if (this.#schedules.has(key(group, name))) {
      throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
    }
    return this.#put(group, name, input, this.#now() / 1000);
  }

  /** An update replaces every property, so what the request leaves out goes back to its default. */
  update(group: string, name: string, input: Input): Schedule {
    return this.#put(group, name, input, this.get(group, name).CreationDate);
  }

  delete(group: string, name: string): void {
    this.get(group, name);
    this.#schedules.delete(key(group, name));
  }

  #put(group: string, name: string, input: Input, created: number): Schedule {
    const expression = String(input.ScheduleExpression ?? '');
    const timeZone = String(input.ScheduleExpressionTimezone ?? 'UTC');
    const timetable = parseScheduleExpression(expression, timeZone);
    const startDate = numberOf(input.StartDate);
    const endDate = numberOf(input.EndDate);
    const now = this.#now();
    const schedule: Schedule = {
      Arn: `${this.#arnPrefix}schedule/${group}/${name}`,
      Name: name,
      GroupName: group,
      ScheduleExpression: expression,
      ScheduleExpressionTimezone: timeZone,
      State: oneOf(input.State ?? 'ENABLED', ['ENABLED', 'DISABLED'], 'state'),
      Target: targetOf(input.Target),
      ActionAfterCompletion: oneOf(input.ActionAfterCompletion ?? 'NONE', ['NONE', 'DELETE'], 'actionAfterCompletion'),
      FlexibleTimeWindow: flexibleWindowOf(input.FlexibleTimeWindow),
      ...(input.Description === undefined ? {} : { Description: String(input.Description) }),
      ...(startDate === undefined ? {} : { StartDate: startDate }),
      ...(endDate === undefined ? {} : { EndDate: endDate }),
      CreationDate: created,
      LastModificationDate: now / 1000,
      timetable,
      dueAt: timetable.first(Math.max(now, (startDate ?? 0) * 1000)),
    };
    this.#schedules.set(key(group, name), schedule);
    return schedule;
  }
}

function key(group: string, name: string): string {
  return `${group}/${name}`;
}

function assertName(name: string): void {
  if (!NAME.test(name))
    throw invalid(`Value '${name}' at 'name' must satisfy regular expression pattern: ${NAME.source}`);
}

function targetOf(value: unknown): ScheduleTarget {
  const target = (value ?? {}) as Partial<ScheduleTarget>;
  if (!target.Arn?.startsWith('arn:') || !target.RoleArn?.startsWith('arn:')) {
    throw invalid("'target.arn' and 'target.roleArn' must be ARNs");
  }
  return target as ScheduleTarget;
}

function flexibleWindowOf(value: unknown): Schedule['FlexibleTimeWindow'] {
  const window = (value ?? {}) as { Mode?: string; MaximumWindowInMinutes?: number };
  const minutes = window.MaximumWindowInMinutes;
  const flexible = oneOf(window.Mode, ['OFF', 'FLEXIBLE'], 'flexibleTimeWindow.mode') === 'FLEXIBLE';
  if (flexible && !(minutes !== undefined && minutes >= 1 && minutes <= 1440)) {
    throw invalid("'flexibleTimeWindow.maximumWindowInMinutes' must be 1 to 1440");
  }
  return window as Schedule['FlexibleTimeWindow'];
}

function oneOf<const T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw invalid(`Value '${String(value)}' at '${what}' must be one of ${allowed.join(', ')}`);
  return found;
}

function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
