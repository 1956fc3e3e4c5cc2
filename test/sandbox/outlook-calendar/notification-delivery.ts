import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_MS = 3_000;
const MOST_PER_REQUEST = 50;
/** Graph goes on for up to four hours; here one more time is enough. */
const ATTEMPTS = 2;
const PAUSE_MS = 500;

/** Brings notifications to their addresses: what happens at once goes in one request. Nobody waits for it. */
export class NotificationDelivery {
  readonly #waiting = new Map<string, object[]>();

  send(url: string, notification: object): void {
    const waiting = this.#waiting.get(url);
    if (waiting) {
      waiting.push(notification);
      return;
    }
    this.#waiting.set(url, [notification]);
    setImmediate(() => this.#flush(url));
  }

  #flush(url: string): void {
    const notifications = this.#waiting.get(url) ?? [];
    this.#waiting.delete(url);
    for (let start = 0; start < notifications.length; start += MOST_PER_REQUEST) {
      const body = JSON.stringify({ value: notifications.slice(start, start + MOST_PER_REQUEST) });
      deliver(url, body).catch((error) => console.error(`change notification to ${url} failed: ${error}`));
    }
  }
}

async function deliver(url: string, body: string, attempt = 1): Promise<void> {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
  } catch (error) {
    if (attempt === ATTEMPTS) throw error;
    await delay(PAUSE_MS, undefined, { ref: false });
    await deliver(url, body, attempt + 1);
  }
}
