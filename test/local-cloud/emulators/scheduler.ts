import { AwsError } from './aws-error.ts';
import type { Input, RestService } from './emulator-server.ts';
import { DEFAULT_GROUP, type Schedule, type ScheduleStore } from './schedule-store.ts';

/** EventBridge Scheduler's REST API over a store of schedules. */
export function createSchedulerApi(store: ScheduleStore): RestService {
  return (method, url, body) => {
    const [collection, name] = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    if (collection === 'schedules') {
      if (name === undefined) return method === 'GET' ? listSchedules(store, url.searchParams) : undefined;
      return oneSchedule(store, method, name, url.searchParams, body);
    }
    if (collection === 'schedule-groups') {
      if (name === undefined) return method === 'GET' ? listGroups(store, url.searchParams) : undefined;
      return oneGroup(store, method, name);
    }
    return undefined;
  };
}

function oneSchedule(store: ScheduleStore, method: string, name: string, query: URLSearchParams, body: Input): unknown {
  const bodyGroup = String(body.GroupName ?? DEFAULT_GROUP);
  const queryGroup = query.get('groupName') ?? DEFAULT_GROUP;
  switch (method) {
    case 'POST':
      return { ScheduleArn: store.create(bodyGroup, name, body).Arn };
    case 'PUT':
      return { ScheduleArn: store.update(bodyGroup, name, body).Arn };
    case 'GET': {
      const { timetable: _timetable, dueAt: _dueAt, ...schedule } = store.get(queryGroup, name);
      return schedule;
    }
    case 'DELETE':
      store.delete(queryGroup, name);
      return {};
    default:
      return undefined;
  }
}

function oneGroup(store: ScheduleStore, method: string, name: string): unknown {
  switch (method) {
    case 'POST':
      return { ScheduleGroupArn: store.createGroup(name).Arn };
    case 'GET':
      return store.group(name);
    case 'DELETE':
      store.deleteGroup(name);
      return {};
    default:
      return undefined;
  }
}

function listSchedules(store: ScheduleStore, query: URLSearchParams): unknown {
  const group = query.get('ScheduleGroup');
  const state = query.get('State');
  const prefix = query.get('NamePrefix') ?? '';
  if (group !== null) store.group(group);
  const matching = store
    .all()
    .filter((schedule) => (group === null || schedule.GroupName === group) && schedule.Name.startsWith(prefix))
    .filter((schedule) => state === null || schedule.State === state);
  const { items, nextToken } = page(matching, query, ({ GroupName, Name }) => `${GroupName}/${Name}`);
  return { Schedules: items.map(summary), ...nextToken };
}

function listGroups(store: ScheduleStore, query: URLSearchParams): unknown {
  const prefix = query.get('NamePrefix') ?? '';
  const matching = [...store.groups.values()].filter(({ Name }) => Name.startsWith(prefix));
  const { items, nextToken } = page(matching, query, ({ Name }) => Name);
  return { ScheduleGroups: items, ...nextToken };
}

function summary(schedule: Schedule): unknown {
  const { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target } = schedule;
  return { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target: { Arn: Target.Arn } };
}

/** Keyset paging: the token says which item was last, so deleting while listing skips nothing. */
function page<T>(sorted: T[], query: URLSearchParams, keyOf: (item: T) => string): { items: T[]; nextToken: object } {
  const size = Number(query.get('MaxResults') ?? 100);
  if (!Number.isInteger(size) || size < 1 || size > 100)
    throw new AwsError('ValidationException', 'maxResults must be 1 to 100');
  const token = query.get('NextToken');
  const after = token === null ? '' : Buffer.from(token, 'base64url').toString('utf8');
  const rest = sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const more = last !== undefined && rest.length > size;
  return { items, nextToken: more ? { NextToken: Buffer.from(keyOf(last)).toString('base64url') } : {} };
}
