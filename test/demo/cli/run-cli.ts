import { runDemo } from '../run-demo.ts';
import { Screen } from '../screen.ts';
import { DEMO_FLAGS, START_FLAGS, USAGE } from './commands.ts';
import { readFlags, UsageError } from './flags.ts';
import { listenForInterrupt } from './interrupt.ts';
import { runStart } from './run-start.ts';

export interface CliStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const USAGE_EXIT_CODE = 2;

/** Runs a command line; answers the exit code. */
export async function runCli(args: readonly string[], { stdout, stderr, env }: CliStreams): Promise<number> {
  const [command, ...rest] = args;
  if (args.includes('--help') || args.includes('-h')) {
    stdout.write(USAGE);
    return 0;
  }
  const interrupt = listenForInterrupt();
  try {
    const screen = new Screen(stdout, env);
    if (command === 'start') return await runStart(readFlags('start', START_FLAGS, rest), screen, interrupt);
    if (command === 'demo') {
      const flags = readFlags('demo', DEMO_FLAGS, rest);
      return await runDemo({ ...flags, latencyMs: flags.latency, recordFile: flags.record }, screen, interrupt.signal);
    }
    throw new UsageError(`"${command ?? ''}" is not a command; it must be start or demo (--help says more)`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${error.message}\n`);
    return USAGE_EXIT_CODE;
  } finally {
    interrupt.dispose();
  }
}
