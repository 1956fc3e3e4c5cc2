import { setImmediate } from 'node:timers/promises';
import type { PullPage } from '../../connectors/connector.ts';
import type { Json } from '../model/mirror-record.ts';

/** Turns of the event loop until a request that was begun is on the wire: budget, token and `fetch` take some each. */
const TURNS_TO_SEND = 4;

type FetchPage = (cursor: Json | null, announceNext: (next: Json) => Promise<void>) => Promise<PullPage>;

/**
 * Pages in order, fetched ahead of the one that is being written: the provider is asked for the next page as soon as
 * it is known where to go on, so that neither reading a page nor a slow write now and then costs time. A failed fetch
 * is reported when its page's turn comes; what was read before it is not lost.
 */
export class PageFeed {
  readonly #fetch: FetchPage;
  readonly #depth: number;
  readonly #fetched: Promise<PullPage>[] = [];
  /** Where to go on; undefined while that is not known, or there is nothing more. */
  #cursor: Json | null | undefined;
  #stopped = false;

  /** @param depth how many pages may be in memory or on their way. */
  constructor(fetch: FetchPage, start: Json | null, depth: number) {
    this.#fetch = fetch;
    this.#depth = depth;
    this.#cursor = start;
    this.#fill();
  }

  /** The next page. Must not be called after the last one. */
  async next(): Promise<PullPage> {
    const page = this.#fetched.shift();
    if (!page) throw new Error('The feed has no more pages.');
    const arrived = await page;
    this.#fill();
    return arrived;
  }

  /** Asks for no more pages. */
  stop(): void {
    this.#stopped = true;
  }

  #fill(): void {
    if (this.#stopped || this.#cursor === undefined || this.#fetched.length >= this.#depth) return;
    const cursor = this.#cursor;
    this.#cursor = undefined;
    let announced = false;
    const goOn = (next: Json) => {
      announced = true;
      this.#cursor = next;
      this.#fill();
    };
    const page = this.#fetch(cursor, async (next) => {
      goOn(next);
      // Lets the request out before the reading of this page keeps the process busy.
      for (let turn = 0; turn < TURNS_TO_SEND; turn += 1) await setImmediate();
    });
    this.#fetched.push(page);
    page.then(
      ({ next, fullRequired }) => {
        if (!announced && next !== null && !fullRequired) goOn(next);
      },
      // Whoever takes the page gets the error; until then it must not count as unhandled.
      () => undefined,
    );
  }
}
