/** One line of the table: our figure beside a peer's or a bound, measured in the same run. */
export interface Measurement {
  readonly what: string;
  readonly ours: string;
  readonly against: string;
  readonly ratio: number;
  /** What the ratio should be, in words. */
  readonly aim: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Runs `work` and returns how long it took, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function table(measurements: readonly Measurement[]): string {
  const rows = [
    ['measurement', 'ours', 'against', 'ratio', 'aim'],
    ...measurements.map(({ what, ours, against, ratio, aim }) => [what, ours, against, ratio.toFixed(3), aim]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
