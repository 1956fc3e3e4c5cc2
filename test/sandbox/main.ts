/** Runs the sandbox as a process of its own; prints one JSON line with its address when it listens. */
import { parseArgs } from 'node:util';
import { startSandbox } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8788' },
    host: { type: 'string', default: '127.0.0.1' },
    contacts: { type: 'string', default: '500' },
    deals: { type: 'string' },
    latency: { type: 'string', default: '0' },
    record: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

const sandbox = await startSandbox({
  port: wholeNumber('port', values.port),
  host: values.host,
  contacts: wholeNumber('contacts', values.contacts),
  latencyMs: wholeNumber('latency', values.latency),
  seed: wholeNumber('seed', values.seed),
  ...(values.deals === undefined ? {} : { deals: wholeNumber('deals', values.deals) }),
  ...(values.record === undefined ? {} : { recordFile: values.record }),
});
console.log(JSON.stringify({ url: sandbox.url, originMap: sandbox.originMap }));

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await sandbox.close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
// As a child process it ends with its parent.
process.on('disconnect', stop);

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) {
    console.error(`--${name} must be a whole number, not ${text}`);
    process.exit(2);
  }
  return Number(text);
}
