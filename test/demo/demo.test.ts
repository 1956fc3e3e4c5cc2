import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDemo } from './run-demo.ts';
import { Screen } from './screen.ts';

const TIME_LIMIT_MS = 120_000;
const directory = mkdtempSync(join(tmpdir(), 'demo-'));
const recordFile = join(directory, 'exchanges.jsonl');
let output = '';
let exitCode = -1;

beforeAll(async () => {
  const stream = new PassThrough();
  const written = text(stream);
  const screen = new Screen(stream, {});
  const options = {
    provider: 'hubspot',
    contacts: 150,
    latencyMs: 0,
    recordFile,
    logDirectory: join(directory, 'logs'),
  } as const;
  exitCode = await runDemo(options, screen, new AbortController().signal);
  stream.end();
  output = await written;
}, TIME_LIMIT_MS);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the demo', () => {
  test('ends well, with no difference between mirror and provider', () => {
    const lines = output.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^Demo completed: 0 differences in \d+ records\.$/);
    expect(exitCode).toBe(0);
  });

  test('does what it promises', () => {
    for (const step of [
      'Connect through the consent page',
      'First full sync: 100 %',
      'archived',
      'merges',
      'Incremental sync',
      '1 surplus, as expected',
      'Look a caller up by phone',
      'Look people up by e-mail',
      'Create a contact twice with one key',
      'refused: 409 idempotency_conflict',
      'Let the access token expire',
      'Final comparison',
      'peak memory',
      '0 rate-limit answers',
    ]) {
      expect(output).toContain(step);
    }
  });

  test('writes plain text where there is no terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

  test('leaves a complete record of the exchanges with the provider', () => {
    const lines = readFileSync(recordFile, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('response.status');
    expect(existsSync(join(directory, 'logs'))).toBe(true);
  });
});
