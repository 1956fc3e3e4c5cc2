import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../lambdas/core/model/resource.ts';

/** One record as far as the comparison looks at it. */
export interface ComparableRecord {
  readonly id: string;
  readonly fields: Readonly<Record<string, Json>>;
}

export interface Difference {
  readonly id: string;
  /** `missing`: the mirror lacks it. `surplus`: the provider does not have it (any more). */
  readonly kind: 'missing' | 'surplus' | 'different';
  /** Names of the fields that differ; of `different` records only. */
  readonly fields: readonly string[];
}

export interface Comparison {
  readonly resource: Resource;
  /** Records that the provider has. */
  readonly truth: number;
  /** Records that the mirror has. */
  readonly mirror: number;
  /** Values that were held against each other. */
  readonly values: number;
  readonly differences: readonly Difference[];
}

/** Holds a mirror against the provider's truth: every record, and of each record every field. */
export async function compareRecords(
  resource: Resource,
  truth: AsyncIterable<ComparableRecord>,
  mirror: AsyncIterable<ComparableRecord>,
): Promise<Comparison> {
  const mirrored = new Map<string, ComparableRecord['fields']>();
  for await (const { id, fields } of mirror) mirrored.set(id, fields);
  const found = mirrored.size;
  const differences: Difference[] = [];
  let records = 0;
  let values = 0;
  for await (const { id, fields } of truth) {
    records += 1;
    const ours = mirrored.get(id);
    mirrored.delete(id);
    if (ours === undefined) {
      differences.push({ id, kind: 'missing', fields: [] });
      continue;
    }
    const names = [...new Set([...Object.keys(fields), ...Object.keys(ours)])];
    values += names.length;
    const differing = names.filter((name) => !isDeepStrictEqual(fields[name], ours[name]));
    if (differing.length > 0) differences.push({ id, kind: 'different', fields: differing });
  }
  for (const id of mirrored.keys()) differences.push({ id, kind: 'surplus', fields: [] });
  return { resource, truth: records, mirror: found, values, differences };
}

/** `1 missing, 2 different` */
export function describeDifferences(differences: readonly Difference[]): string {
  const kinds = ['missing', 'surplus', 'different'] as const;
  return kinds
    .map((kind) => ({ kind, number: differences.filter((difference) => difference.kind === kind).length }))
    .filter(({ number }) => number > 0)
    .map(({ kind, number }) => `${number} ${kind}`)
    .join(', ');
}
