import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FunctionSettings } from './function-settings.ts';
import type { FromFunction, FunctionError, ToFunction } from './protocol.ts';

type Done = Extract<FromFunction, { type: 'done' }>;

const ENTRY = fileURLToPath(new URL('./lambda-process.ts', import.meta.url));
/** Lambda leaves a part of the memory to everything that is not JavaScript's old generation. */
const HEAP_SHARE = 0.9;
/** Lambda gives a bundle 10 seconds to load; a busy developer's machine gets more. */
const INIT_TIMEOUT_MS = 30_000;

/** One execution environment: a process that has loaded a function's bundle and runs one event at a time. */
export class FunctionProcess {
  /** Resolves with the init time, or rejects with a FunctionError. */
  readonly ready: Promise<number>;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #settings: FunctionSettings;
  #alive = true;
  #exitReason = '';
  #finish: ((done: Done | FunctionError) => void) | undefined;

  constructor(settings: FunctionSettings, logFile: number) {
    this.#settings = settings;
    this.#child = fork(ENTRY, [settings.assetDir, settings.handler, settings.arn], {
      cwd: settings.assetDir,
      env: { ...settings.environment },
      execArgv: [`--max-old-space-size=${Math.round(settings.memoryMb * HEAP_SHARE)}`],
      stdio: ['ignore', logFile, logFile, 'ipc'],
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.ready = promise;
    const initTimer = setTimeout(() => this.kill(), INIT_TIMEOUT_MS);
    this.ready.then(
      () => clearTimeout(initTimer),
      () => clearTimeout(initTimer),
    );
    const ended = Promise.withResolvers<void>();
    this.exited = ended.promise;
    this.#child.on('message', (message: FromFunction) => {
      if (message.type === 'ready') resolve(message.initMs);
      else if (message.type === 'init-failed') reject(message.error);
      else this.#finish?.(message);
    });
    const end = (how: string): void => {
      this.#alive = false;
      const error = { errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: ${how}` };
      reject(error);
      this.#finish?.(
        this.#exitReason === '' ? error : { errorType: 'Sandbox.Timedout', errorMessage: this.#exitReason },
      );
      ended.resolve();
    };
    this.#child.once('exit', (code, signal) => end(signal === null ? `exit status ${code}` : `signal: ${signal}`));
    this.#child.once('error', (error) => end(error.message));
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Runs the handler; a function that is not done in time is killed, as Lambda resets its environment. */
  async run(requestId: string, event: unknown): Promise<Done | FunctionError> {
    const { timeoutMs } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<Done | FunctionError>();
    this.#finish = resolve;
    const timer = setTimeout(() => {
      this.#exitReason = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      this.kill();
    }, timeoutMs);
    const deadline = Date.now() + timeoutMs;
    const message: ToFunction = { type: 'invoke', requestId, event: JSON.stringify(event), deadline };
    if (this.#alive) this.#child.send(message, () => {});
    else resolve({ errorType: 'Runtime.ExitError', errorMessage: 'Error: Runtime exited' });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#finish = undefined;
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
