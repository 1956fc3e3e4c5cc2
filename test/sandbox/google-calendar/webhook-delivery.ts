import { setTimeout as delay } from 'node:timers/promises';

/** "Push notifications": with any other status, the message is not sent again. */
const SENT_AGAIN = new Set([500, 502, 503, 504]);
const PAUSE_MS = 1_000;

/** Not awaited: nothing waits for a listener. Google repeats with exponential back-off; here once is enough. */
export function deliver(url: string, headers: Readonly<Record<string, string>>): void {
  const init = { method: 'POST', headers: { 'content-type': 'application/json; utf-8', ...headers } };
  sendUpToTwice(url, init).catch((error) => console.error(`notification to ${url} failed: ${error}`));
}

async function sendUpToTwice(url: string, init: RequestInit): Promise<void> {
  const first = await fetch(url, init);
  await first.text();
  if (!SENT_AGAIN.has(first.status)) return;
  await delay(PAUSE_MS, undefined, { ref: false });
  await (await fetch(url, init)).text();
}
