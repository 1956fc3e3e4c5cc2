import type { Context } from 'hono';
import { invalidParameter } from './errors.ts';
import type { MindbodyEnv } from './guard.ts';

export type MindbodyContext = Context<MindbodyEnv>;

/** A request's parameters: in any case, with or without `request.` in front, lists as `name[0]`, `name` or both. */
export class Parameters {
  readonly #values = new Map<string, string[]>();

  constructor(query: URLSearchParams) {
    for (const [name, value] of query) {
      const bare = keyOf(name.replace(/^request\./i, '').replace(/\[\d*\]$/, ''));
      this.#values.set(bare, [...(this.#values.get(bare) ?? []), value]);
    }
  }

  text(name: string): string | null {
    return this.#values.get(keyOf(name))?.[0] ?? null;
  }

  list(name: string): string[] {
    return (this.#values.get(keyOf(name)) ?? []).flatMap((value) => value.split(',')).filter((value) => value !== '');
  }

  flag(name: string): boolean {
    return this.text(name)?.toLowerCase() === 'true';
  }

  /** The day of a local date or time; null when it is not given. */
  day(name: string): string | null {
    const value = this.text(name);
    if (value === null) return null;
    if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(value)) throw invalidParameter(`${name} is no date.`);
    return value.slice(0, 10);
  }
}

export function parametersOf(c: MindbodyContext): Parameters {
  return new Parameters(new URL(c.req.url).searchParams);
}

/** One page of a list: 100 rows unless more are asked for, 200 at most. */
export function pageOf(c: MindbodyContext, member: string, rows: readonly object[]) {
  const parameters = parametersOf(c);
  const [limit, offset] = [numberOf(parameters, 'limit', 100), numberOf(parameters, 'offset', 0)];
  const size = Math.min(limit, 200);
  const page = rows.slice(offset, offset + size);
  const total = c.get('settings').sendTotals ? { TotalResults: rows.length } : {};
  return c.json({
    PaginationResponse: { RequestedLimit: size, RequestedOffset: offset, PageSize: page.length, ...total },
    [member]: page,
  });
}

export async function bodyOf(c: MindbodyContext): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => null);
  if (typeof body !== 'object' || body === null) throw invalidParameter('The body is not JSON.');
  return { ...body };
}

/** A member of a body, or the failure that it is not there. */
export function textIn(body: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = body[name];
  return value === undefined || value === null || value === '' ? null : String(value);
}

function numberOf(parameters: Parameters, name: string, preset: number): number {
  const value = Number(parameters.text(name) ?? preset);
  if (!Number.isInteger(value) || value < 0) throw invalidParameter(`${name} must be a whole number.`);
  return value;
}

function keyOf(name: string): string {
  return name.toLowerCase();
}
