/** Messages between the pool and a function's process. */
export type ToFunction = {
  readonly type: 'invoke';
  readonly requestId: string;
  /** JSON, so that what the handler gets has been through a wire, as at AWS. */
  readonly event: string;
  readonly deadline: number;
};

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type FromFunction =
  | { readonly type: 'ready'; readonly initMs: number }
  | { readonly type: 'init-failed'; readonly error: FunctionError }
  | {
      readonly type: 'done';
      readonly requestId: string;
      readonly payload?: string;
      readonly error?: FunctionError;
      readonly durationMs: number;
      readonly maxMemoryMb: number;
      readonly heapUsedMb: number;
    };

/** What Lambda writes as a REPORT line. */
export interface InvocationReport {
  readonly requestId: string;
  readonly durationMs: number;
  /** Only on a cold start. */
  readonly initMs?: number;
  /** Largest resident set seen during the invocation; 0 if the process was killed before it could say. */
  readonly maxMemoryMb: number;
  /** Heap in use when the handler had answered. */
  readonly heapUsedMb: number;
  /** Why there is no answer: the function threw, ran out of time, or its process ended. */
  readonly failure?: string;
}

export interface InvocationResult {
  readonly requestId: string;
  /** The handler's answer, if there is no error. */
  readonly payload?: unknown;
  readonly error?: FunctionError;
  readonly report: InvocationReport;
}
