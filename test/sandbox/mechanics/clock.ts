/** The sandbox's own time: the real clock plus an offset that the control API moves forward. */
export class SandboxClock {
  offsetMs = 0;

  now(): number {
    return Date.now() + this.offsetMs;
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }
}

/** ISO 8601 with milliseconds, as the providers write it. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
