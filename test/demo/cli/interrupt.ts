/** Ctrl-C and SIGTERM, as something that work can look at and wait for. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Resolves at the first Ctrl-C or SIGTERM. */
  readonly happened: Promise<void>;
  /** Stops listening. */
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** What a shell reports for a program that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;
/** One Ctrl-C comes twice under npm, from the terminal and from npm: so close together they count as one. */
const SAME_PRESS_MS = 500;

/** The first signal asks for an orderly end; a second one does not wait for it. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt = 0;
  const listener = (): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > SAME_PRESS_MS) process.exit(INTERRUPTED_EXIT_CODE);
      return;
    }
    firstAt = performance.now();
    controller.abort();
    resolve();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    happened: promise,
    dispose() {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
