import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ENV } from '../../lambdas/core/names.ts';
import { bundle } from '../../lib/constructs/function-bundle.ts';
import { type Measurement, median } from './measurement.ts';

const run = promisify(execFile);

const HANDLERS = new URL('../../lambdas/handlers/', import.meta.url);
const STARTS = 9;

/** Starts as the runtime does: a fresh process that loads the handler. Prints how long that took, in ms. */
const START = `const begin = performance.now(); await import(process.argv[1]); console.log(performance.now() - begin);`;

interface Bundle {
  readonly entry: string;
  /** What every start loads, in bytes. */
  readonly startBytes: number;
  readonly gzippedStartBytes: number;
  /** Everything that is deployed, in bytes. */
  readonly allBytes: number;
}

/**
 * What each function loads at its start and how long that takes, against the same function as one file that holds
 * every connector: what splitting is worth. Built and started alternately, in fresh processes.
 */
export async function measureFunctionBundles(): Promise<Measurement[]> {
  const work = mkdtempSync(join(tmpdir(), 'hub-bundles-'));
  try {
    const handlers = readdirSync(HANDLERS).filter((name) => /^[a-z-]+\.ts$/.test(name));
    const measurements: Measurement[] = [];
    for (const handler of handlers) measurements.push(...(await measureHandler(work, handler)));
    return measurements;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function measureHandler(work: string, handler: string): Promise<Measurement[]> {
  const name = handler.replace(/\.ts$/, '');
  const ours = build(work, handler, true);
  const whole = build(work, handler, false);
  const times: Record<'ours' | 'whole', number[]> = { ours: [], whole: [] };
  for (let start = 0; start <= STARTS; start += 1) {
    const [own, other] = [await startUp(ours.entry), await startUp(whole.entry)];
    // The first start reads the files from the disk.
    if (start > 0) times.ours.push(own);
    if (start > 0) times.whole.push(other);
  }
  const [ms, wholeMs] = [median(times.ours), median(times.whole)];
  return [
    {
      what: `${name}: loaded at start, split : one file`,
      ours: `${kilobytes(ours.startBytes)} (${kilobytes(ours.gzippedStartBytes)} gzipped) of ${kilobytes(ours.allBytes)}`,
      against: kilobytes(whole.startBytes),
      ratio: ours.startBytes / whole.startBytes,
      aim: 'below 1',
    },
    {
      what: `${name}: start-up, split : one file`,
      ours: `${ms.toFixed(0)} ms median of ${STARTS}`,
      against: `${wholeMs.toFixed(0)} ms`,
      ratio: ms / wholeMs,
      aim: 'at most 1',
    },
  ];
}

function build(work: string, handler: string, splitting: boolean): Bundle {
  const outdir = join(work, `${handler}-${splitting ? 'split' : 'whole'}`);
  bundle(new URL(handler, HANDLERS).pathname, outdir, { splitting });
  const sizeOf = (file: string) => statSync(join(outdir, file)).size;
  const files = readdirSync(outdir).filter((file) => file.endsWith('.mjs'));
  const atStart = [...staticImports(outdir, 'index.mjs')];
  return {
    entry: pathToFileURL(join(outdir, 'index.mjs')).href,
    startBytes: sum(atStart.map(sizeOf)),
    gzippedStartBytes: sum(atStart.map((file) => gzipSync(readFileSync(join(outdir, file))).length)),
    allBytes: sum(files.map(sizeOf)),
  };
}

/** A chunk and all that it imports before it runs. */
function staticImports(directory: string, file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(join(directory, file), 'utf8');
  for (const [, chunk = ''] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.mjs)"/g)) {
    staticImports(directory, chunk, seen);
  }
  return seen;
}

async function startUp(entry: string): Promise<number> {
  const names = Object.values(ENV).filter((variable) => variable !== ENV.providerOriginMap);
  const environment = Object.fromEntries(names.map((variable) => [variable, 'https://hub.example']));
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', START, entry], {
    env: { ...environment, PATH: process.env.PATH, AWS_REGION: 'eu-west-1' },
  });
  return Number(stdout.trim().split('\n').at(-1));
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
