import type { CounterSnapshot } from '../sandbox/mechanics/counters.ts';
import { describeDifferences } from './compare-records.ts';
import type { DemoFindings, MeasuredRun } from './demo-context.ts';
import { count, median, milliseconds, plural, seconds, table } from './format.ts';
import type { Screen } from './screen.ts';
import { sumOf } from './steps/sync.ts';

/** What the demo found out about one provider, as tables. */
export function printFindings(screen: Screen, findings: DemoFindings, calls: CounterSnapshot | undefined): void {
  screen.heading(`Summary: ${findings.provider.name}`);
  print(
    screen,
    ['Mirror', 'provider', 'mirror', 'values', 'differences'],
    [
      ...findings.comparisons.map(({ resource, truth, mirror, values, differences }) => [
        resource,
        ...[truth, mirror, values].map(count),
        describeDifferences(differences) || '0',
      ]),
    ],
  );
  print(
    screen,
    ['Sync run', 'pages', 'seen', 'upserted', 'unchanged', 'deleted', 'time', 'peak memory', 'heap'],
    findings.runs.map(runRow),
  );
  print(
    screen,
    ['Look-ups', 'number', 'median', 'max'],
    (['mirror', 'live'] as const).map((via) => {
      const times = findings.lookups.filter((lookup) => lookup.via === via).map(({ durationMs }) => durationMs);
      return [via, count(times.length), milliseconds(median(times)), milliseconds(Math.max(0, ...times))];
    }),
  );
  if (calls) printCalls(screen, calls);
  printMemory(screen, findings.runs);
}

/** Memory that does not follow the number of records: the largest run against the smallest. */
function printMemory(screen: Screen, runs: readonly MeasuredRun[]): void {
  const peaks = runs.map(({ maxMemoryMb }) => maxMemoryMb);
  const records = runs.map(({ run }) => sumOf(run, 'seen'));
  screen.line(
    `  Memory of the sync function: ${Math.min(...peaks)} to ${Math.max(...peaks)} MB at its peak, ` +
      `over ${plural(runs.length, 'run')} of ${count(Math.min(...records))} to ${count(Math.max(...records))} records`,
  );
}

function printCalls(screen: Screen, { total, statuses, tokenRefreshes }: CounterSnapshot): void {
  const limited = statuses['429'] ?? 0;
  const failed = Object.entries(statuses).filter(([status]) => Number(status) >= 500 || Number.isNaN(Number(status)));
  const others = failed.map(([status, number]) => `, ${count(number)} × ${status}`).join('');
  screen.line(
    `  Provider calls: ${count(total)}; ${plural(limited, 'rate-limit answer')}${others}; ${plural(tokenRefreshes, 'token refresh', 'token refreshes')}`,
  );
}

function runRow({ run, durationMs, maxMemoryMb, heapUsedMb }: MeasuredRun): string[] {
  return [
    `${run.type} (${run.trigger})`,
    ...(['pages', 'seen', 'upserted', 'unchanged', 'deleted'] as const).map((member) => count(sumOf(run, member))),
    seconds(durationMs),
    `${maxMemoryMb} MB`,
    `${heapUsedMb} MB`,
  ];
}

function print(screen: Screen, headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const [head = '', ...lines] = table(headings, rows);
  screen.lines([`  ${screen.paint('dim', head)}`, ...lines.map((line) => `  ${line}`), '']);
}

/** Records and differences over all providers. */
export function totals(all: readonly DemoFindings[]): { readonly records: number; readonly differences: number } {
  const comparisons = all.flatMap((findings) => findings.comparisons);
  return {
    records: comparisons.reduce((sum, { truth }) => sum + truth, 0),
    differences: comparisons.reduce((sum, { differences }) => sum + differences.length, 0),
  };
}
