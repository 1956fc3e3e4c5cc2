import { Presets, SingleBar } from 'cli-progress';

/** How far something long has come. */
export interface Progress {
  /** A value beyond the expected total raises the total. */
  update(value: number): void;
  stop(): void;
}

/** A bar that is gone again when the work is done. */
export function terminalProgress(title: string, total: number, stream: NodeJS.WritableStream): Progress {
  const bar = new SingleBar(
    {
      format: `  ${title} {bar} {percentage} % | {value} of {total} | {duration} s`,
      stream,
      clearOnComplete: true,
      hideCursor: true,
      fps: 8,
      // The demo ends itself in order; the bar must not end the process.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    update(value) {
      if (value > bar.getTotal()) bar.setTotal(value);
      bar.update(value);
    },
    stop: () => bar.stop(),
  };
}

const STEP_PERCENT = 10;

/** A plain line at every tenth, for logs. */
export function plainProgress(title: string, expected: number, write: (line: string) => void): Progress {
  let total = Math.max(1, expected);
  let shown = 0;
  return {
    update(value) {
      total = Math.max(total, value);
      const percent = Math.floor((value / total) * (100 / STEP_PERCENT)) * STEP_PERCENT;
      if (percent <= shown) return;
      shown = percent;
      write(`  ${title}: ${percent} % (${value} of ${total})`);
    },
    stop() {},
  };
}
