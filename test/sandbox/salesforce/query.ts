import { noSuchField, noSuchObject } from './errors.ts';
import { fieldsOf } from './objects.ts';
import { fieldValue, type Org, visibleFields } from './org.ts';
import { longId, type ObjectName } from './record-ids.ts';
import type { Condition, Literal, Query } from './soql-parser.ts';
import type { Row, Value } from './store.ts';

/** Rows that a query finds, in its order. `deleted`: those in the recycle bin as well. */
export function rowsOf(org: Org, query: Query, deleted: boolean): Row[] {
  check(org, query);
  const matches = org.store
    .rows(query.from as ObjectName)
    .filter(
      (row) =>
        !row.hidden &&
        (row.state === 'live' || (deleted && row.state === 'binned')) &&
        (query.where === null || holds(org, row, query.where)),
    );
  if (query.orderBy.length > 0) {
    matches.sort((a, b) => {
      for (const { field, descending } of query.orderBy) {
        const order = compare(fieldValue(org, a, field), fieldValue(org, b, field));
        if (order !== 0) return descending ? -order : order;
      }
      return 0;
    });
  }
  return query.limit === null ? matches : matches.slice(0, query.limit);
}

/** A record as the API shows it. */
export function render(org: Org, row: Row, fields: readonly string[]): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = { attributes: attributesOf(row.type, row.id) };
  const types = fieldsOf(row.type, org) ?? {};
  for (const field of fields) {
    const [relation = '', member] = field.split('.');
    if (member === undefined) shown[field] = written(fieldValue(org, row, field), types[field]);
    else shown[relation] = related(org, row, relation, member);
  }
  return shown;
}

/** `2026-11-20T09:15:02.000+0000` */
export function dateTimeText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '+0000');
}

export function pathOf(path: string): string {
  return `/services/data/v67.0/${path}`;
}

function written(value: Value, type: string | undefined): unknown {
  return type === 'datetime' && typeof value === 'number' ? dateTimeText(value) : value;
}

function attributesOf(type: string, id: string) {
  return { type, url: pathOf(`sobjects/${type}/${id}`) };
}

function related(org: Org, row: Row, relation: string, member: string): unknown {
  const parent = org.store.find(String(row.fields[`${relation}Id`] ?? ''));
  if (parent?.state !== 'live') return null;
  return { attributes: attributesOf(parent.type, parent.id), [member]: fieldValue(org, parent, member) };
}

/** A name that this user does not see fails all of it. */
function check(org: Org, { from, fields, where, orderBy }: Query): void {
  const visible = visibleFields(org, from);
  if (visible === null) throw noSuchObject(from);
  const named = [...fields, ...(where ? namesIn(where) : []), ...orderBy.map(({ field }) => field)];
  for (const name of named) {
    const [relation = '', member] = name.split('.');
    const there =
      member === undefined
        ? visible.includes(name)
        : visible.includes(`${relation}Id`) && (visibleFields(org, relation)?.includes(member) ?? false);
    if (!there) throw noSuchField(name, from);
  }
}

function namesIn(condition: Condition): string[] {
  return 'parts' in condition ? condition.parts.flatMap(namesIn) : [condition.field];
}

function holds(org: Org, row: Row, condition: Condition): boolean {
  if (condition.kind === 'and') return condition.parts.every((part) => holds(org, row, part));
  if (condition.kind === 'or') return condition.parts.some((part) => holds(org, row, part));
  const value = fieldValue(org, row, condition.field);
  if (condition.kind === 'in') return condition.values.some((wanted) => equal(value, wanted));
  const { operator, value: wanted } = condition;
  if (operator === '=') return equal(value, wanted);
  if (operator === '!=') return !equal(value, wanted);
  if (value === null || !('value' in wanted)) return false;
  const order = compare(value, wanted.value);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Texts are compared without regard to case, ids of either length exactly. */
function equal(value: Value, wanted: Literal): boolean {
  if (wanted.kind === 'null') return value === null || value === '';
  if (typeof value !== 'string' || typeof wanted.value !== 'string') return value === wanted.value;
  const id = longId(wanted.value);
  if (id !== null && longId(value) === value) return id === value;
  return value.toLowerCase() === wanted.value.toLowerCase();
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
