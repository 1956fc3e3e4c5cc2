import { DemoError, InterruptedError, messageOf } from '../demo-error.ts';
import { seconds } from '../format.ts';
import { within } from '../limits.ts';
import type { Progress } from '../progress.ts';
import type { Screen } from '../screen.ts';

/** What a step can show of itself while it goes on. */
export interface StepView {
  /** What was done, beside the title. */
  done(detail: string): void;
  /** A line of its own below the step. */
  note(text: string): void;
  progress(total: number): Progress;
}

/** Longest time for a step that names no other, in ms. */
const DEFAULT_LIMIT_MS = 60_000;

/** Runs the demo's steps: each ends as one line with a check mark, what was done and how long it took. */
export class Steps {
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  constructor(screen: Screen, signal: AbortSignal) {
    this.#screen = screen;
    this.#signal = signal;
  }

  async run<T>(title: string, work: (view: StepView) => Promise<T>, limitMs = DEFAULT_LIMIT_MS): Promise<T> {
    if (this.#signal.aborted) throw new InterruptedError();
    const screen = this.#screen;
    const begin = performance.now();
    const pending = screen.pending(title);
    let detail = '';
    const notes: string[] = [];
    let bar: Progress | undefined;
    const view: StepView = {
      done: (text) => {
        detail = text;
      },
      note: (text) => notes.push(text),
      progress: (total) => {
        bar = screen.progress(title, total);
        return bar;
      },
    };
    try {
      const result = await within(limitMs, title, this.#signal, work(view));
      bar?.stop();
      const took = screen.paint('dim', `(${seconds(performance.now() - begin)})`);
      pending.settled(`${screen.paint('green', '✓')} ${title}${detail === '' ? '' : `: ${detail}`} ${took}`);
      for (const note of notes) screen.line(`    ${note}`);
      return result;
    } catch (cause) {
      // After Ctrl-C, whatever broke off first is not what went wrong.
      const error = this.#signal.aborted ? new InterruptedError() : cause;
      bar?.stop();
      pending.settled(`${screen.paint('red', '✗')} ${title}: ${messageOf(error)}`);
      for (const note of notes) screen.line(`    ${note}`);
      if (error instanceof InterruptedError) throw error;
      throw new DemoError(`${title}: ${messageOf(error)}`, { cause: error });
    }
  }
}
