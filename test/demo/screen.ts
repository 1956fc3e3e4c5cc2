import { styleText } from 'node:util';
import { type Progress, plainProgress, terminalProgress } from './progress.ts';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** A terminal, a pipe, or a test's own stream. */
export type ScreenStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Where the demo writes. Colours, bars and lines that are written over exist only on a terminal. */
export class Screen {
  readonly interactive: boolean;
  readonly #stream: ScreenStream;
  readonly #colours: boolean;

  constructor(stream: ScreenStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.interactive = stream.isTTY === true && env.TERM !== 'dumb';
    this.#colours = this.interactive && (env.NO_COLOR ?? '') === '';
  }

  paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  heading(text: string): void {
    this.lines(['', this.paint('bold', text)]);
  }

  /** Shows what is going on; `settled` replaces it. On anything but a terminal nothing is shown until then. */
  pending(text: string): { settled(line: string): void } {
    if (this.interactive) this.#stream.write(this.paint('dim', `… ${text}`));
    return {
      settled: (line) => {
        if (this.interactive) this.#stream.write('\r\x1b[K');
        this.line(line);
      },
    };
  }

  progress(title: string, total: number): Progress {
    if (!this.interactive) return plainProgress(title, total, (line) => this.line(line));
    this.#stream.write('\r\x1b[K');
    return terminalProgress(title, total, this.#stream);
  }
}
