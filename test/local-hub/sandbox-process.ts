import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

export interface SandboxProcessOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly contacts: number;
  readonly latencyMs: number;
  /** File for the record of every exchange, or null. */
  readonly recordFile: string | null;
}

export interface SandboxProcess {
  readonly url: string;
  readonly originMap: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../sandbox/main.ts', import.meta.url));
const announcement = z.object({ url: z.string(), originMap: z.record(z.string(), z.string()) });

/** Runs the providers' sandbox as a process of its own, as the providers are: its work takes nothing from the hub's. */
export async function startSandboxProcess(options: SandboxProcessOptions): Promise<SandboxProcess> {
  const child = spawn(
    process.execPath,
    [
      MAIN,
      ...['--port', String(options.port)],
      ...['--contacts', String(options.contacts)],
      ...['--latency', String(options.latencyMs)],
      ...(options.recordFile === null ? [] : ['--record', options.recordFile]),
    ],
    // The channel tells the sandbox when this process is gone, however it ended.
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  if (child.stdout === null) throw new Error('The sandbox has no output');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The sandbox ended with exit code ${code}`);
    }),
  ]);
  return { ...announcement.parse(JSON.parse(line)), close: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
