import * as z from 'zod';

const target = {
  /** HTTP method; any when left out. */
  method: z.string().toUpperCase().optional(),
  /** Source of a RegExp, tried on `/{type}/path?query`. */
  pathPattern: z.string().refine(compiles, 'must be the source of a regular expression'),
  /** How many matching requests it hits. */
  times: z.int().min(1).default(1),
};

/** A switch that makes the next matching requests go wrong. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** Answers this status; without `body`, in the provider's own error shape. Nothing is carried out. */
  z.strictObject({
    ...target,
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** Drops the connection before anything is carried out. */
  z.strictObject({ ...target, kind: z.literal('reset') }),
  /** Never answers. */
  z.strictObject({ ...target, kind: z.literal('hang') }),
  /** A gateway's HTML page with status 502. */
  z.strictObject({ ...target, kind: z.literal('html') }),
  /** Status 200 with broken JSON, or with `body` where the answer should be. */
  z.strictObject({ ...target, kind: z.literal('malformed'), body: z.unknown().optional() }),
  /** Carries the request out, then drops the connection. */
  z.strictObject({ ...target, kind: z.literal('lost_answer') }),
]);
export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

export class Faults {
  #armed: { fault: Fault; pattern: RegExp; left: number }[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, pattern: new RegExp(fault.pathPattern), left: fault.times });
  }

  /** The fault that hits this request, if any; uses one of its times up. */
  take(method: string, path: string): Fault | null {
    const hit = this.#armed.find(
      ({ fault, pattern }) => (fault.method === undefined || fault.method === method) && pattern.test(path),
    );
    if (!hit) return null;
    hit.left -= 1;
    if (hit.left === 0) this.#armed = this.#armed.filter((entry) => entry !== hit);
    return hit.fault;
  }

  clear(): void {
    this.#armed = [];
  }

  list(): readonly (Fault & { left: number })[] {
    return this.#armed.map(({ fault, left }) => ({ ...fault, left }));
  }
}

function compiles(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
