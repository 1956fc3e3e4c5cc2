import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FunctionProcess } from './function-process.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { FunctionError, InvocationReport, InvocationResult } from './protocol.ts';

/**
 * One function with its execution environments. A new one starts when an event finds none idle, up to a cap;
 * beyond it events wait, where Lambda would go on scaling. Environments stay warm until the local cloud ends.
 */
export class FunctionPool {
  readonly settings: FunctionSettings;
  readonly maxProcesses: number;
  readonly reports: InvocationReport[] = [];
  readonly #logFile: number;
  readonly #processes = new Set<FunctionProcess>();
  readonly #idle: FunctionProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #inFlight = new Set<Promise<InvocationResult>>();
  #busy = 0;
  #closed = false;

  constructor(settings: FunctionSettings, maxProcesses: number, logDirectory: string) {
    this.settings = settings;
    this.maxProcesses = maxProcesses;
    mkdirSync(logDirectory, { recursive: true });
    this.#logFile = openSync(join(logDirectory, `${settings.name}.log`), 'a');
  }

  async invoke(event: unknown): Promise<InvocationResult> {
    const invocation = this.#invoke(event);
    this.#inFlight.add(invocation);
    try {
      return await invocation;
    } finally {
      this.#inFlight.delete(invocation);
    }
  }

  async #invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    if (this.#busy >= this.maxProcesses) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    const begin = performance.now();
    try {
      return this.#conclude(requestId, begin, await this.#run(requestId, event));
    } finally {
      // A waiting event takes over the place, so that the number of busy processes never exceeds the cap.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  /** Kills every process with SIGKILL, in the middle of whatever it does. */
  async kill(): Promise<void> {
    const processes = [...this.#processes];
    for (const process of processes) process.kill();
    await Promise.all(processes.map(({ exited }) => exited));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.kill();
    await Promise.allSettled(this.#inFlight);
    closeSync(this.#logFile);
  }

  async #run(requestId: string, event: unknown): Promise<Run> {
    if (this.#closed) return { error: { errorType: 'Sandbox.Closed', errorMessage: 'The local cloud has ended' } };
    const { process, isNew } = this.#acquire();
    let initMs: number | undefined;
    try {
      const ms = await process.ready;
      if (isNew) initMs = ms;
    } catch (error) {
      process.kill();
      return { error: error as FunctionError };
    }
    const outcome = await process.run(requestId, event);
    if (process.alive) this.#idle.push(process);
    const cold = initMs === undefined ? {} : { initMs };
    return 'errorType' in outcome ? { ...cold, error: outcome } : { ...cold, ...outcome };
  }

  #acquire(): { process: FunctionProcess; isNew: boolean } {
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      if (process.alive) return { process, isNew: false };
    }
    const process = new FunctionProcess(this.settings, this.#logFile);
    this.#processes.add(process);
    void process.exited.then(() => this.#processes.delete(process));
    return { process, isNew: true };
  }

  #conclude(requestId: string, begin: number, run: Run): InvocationResult {
    const error = run.error && { ...run.error, errorMessage: `RequestId: ${requestId} ${run.error.errorMessage}` };
    const report: InvocationReport = {
      requestId,
      durationMs: round(run.durationMs ?? performance.now() - begin - (run.initMs ?? 0)),
      ...(run.initMs === undefined ? {} : { initMs: round(run.initMs) }),
      maxMemoryMb: run.maxMemoryMb ?? 0,
      heapUsedMb: run.heapUsedMb ?? 0,
      ...(run.error === undefined ? {} : { failure: run.error.errorType }),
    };
    this.reports.push(report);
    writeSync(this.#logFile, `REPORT ${JSON.stringify(report)}\n`);
    if (error !== undefined)
      return { requestId, error: run.durationMs === undefined ? error : (run.error ?? error), report };
    return { requestId, payload: JSON.parse(run.payload ?? 'null'), report };
  }
}

interface Run {
  readonly payload?: string;
  readonly error?: FunctionError;
  readonly initMs?: number;
  readonly durationMs?: number;
  readonly maxMemoryMb?: number;
  readonly heapUsedMb?: number;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
