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

/** The first signal asks for an orderly end; a second one does not wait for it. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
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
