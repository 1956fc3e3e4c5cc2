import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SCENARIOS } from '../providers/scenarios.ts';
import { type Flag, type FlagValues, oneOf, wholeNumber } from './flags.ts';

/** The demo changes, merges and archives people; with fewer it runs out of them. */
const FEWEST_DEMO_CONTACTS = 50;
const MOST_CONTACTS = 500_000;
const LONGEST_LATENCY_MS = 10_000;

/** A file that can be written: its folder is there. */
const recordFile: Flag<string | null> = {
  fallback: null,
  allowed: 'the path of a file in a folder that exists',
  read(text) {
    if (text === '' || !existsSync(dirname(resolve(text)))) return undefined;
    return existsSync(text) && statSync(text).isDirectory() ? undefined : resolve(text);
  },
};

const common = {
  latency: wholeNumber(0, 0, LONGEST_LATENCY_MS),
  record: recordFile,
} as const;

export const START_FLAGS = {
  port: wholeNumber(8787, 0, 65_535),
  'sandbox-port': wholeNumber(8788, 0, 65_535),
  contacts: wholeNumber(500, 0, MOST_CONTACTS),
  ...common,
} as const;

export const DEMO_FLAGS = {
  provider: oneOf('all', ['all', ...SCENARIOS.map(({ type }) => type)]),
  contacts: wholeNumber(1_200, FEWEST_DEMO_CONTACTS, MOST_CONTACTS),
  ...common,
} as const;

export type StartFlags = FlagValues<typeof START_FLAGS>;
export type DemoFlags = FlagValues<typeof DEMO_FLAGS>;

export const USAGE = `Usage:
  npm start -- [flags]      the hub and the providers' sandbox, until Ctrl-C
    --port N                port of the hub's API (${START_FLAGS.port.fallback}; 0: any free one)
    --sandbox-port N        port of the sandbox (${START_FLAGS['sandbox-port'].fallback}; 0: any free one)
  npm run demo -- [flags]   the hub at work, start to finish, with a summary
    --provider NAME         ${DEMO_FLAGS.provider.allowed} (${DEMO_FLAGS.provider.fallback})
  Both:
    --contacts N            people that each provider knows (start ${START_FLAGS.contacts.fallback}, demo ${DEMO_FLAGS.contacts.fallback})
    --latency MS            delay before every provider answer (${common.latency.fallback})
    --record FILE           writes every exchange with the providers as a JSON line
`;
