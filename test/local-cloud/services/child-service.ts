import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ChildService {
  readonly url: string;
  close(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('./service-process.ts', import.meta.url));

/** Starts an emulated service in a process of its own. */
export async function startChildService(service: 'dynamodb' | 'sqs', region: string): Promise<ChildService> {
  const child = fork(ENTRY, [service, region], {
    env: { PATH: process.env.PATH ?? '', TZ: 'UTC' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let problems = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    problems = (problems + chunk.toString()).slice(-4000);
  });
  const exited = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([message]) => (message as { port: number }).port),
    exited.then(() => Promise.reject(new Error(`The local ${service} ended at start: ${problems}`))),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
