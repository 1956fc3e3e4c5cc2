import { randomUUID } from 'node:crypto';
import { GraphFailure } from './errors.ts';

const ANSWER_MS = 10_000;

/**
 * Asks an address whether it wants notifications, as "Receive change notifications through webhooks" says: it must
 * answer the decoded token as plain text.
 */
export async function validateEndpoint(url: string): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const address = new URL(url);
  // Encoded as forms are: spaces become `+`, as with Graph.
  address.searchParams.append('validationToken', token);
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  const signal = AbortSignal.timeout(ANSWER_MS);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(address, { method: 'POST', headers, signal, redirect: 'manual' });
    text = await answer.text();
  } catch {
    throw refused(signal.aborted ? 'timed out.' : 'failed: the endpoint cannot be reached.');
  }
  if (answer.status !== 200) throw refused(`failed: 200 OK was expected, the answer was ${answer.status}.`);
  const [type] = (answer.headers.get('content-type') ?? '').toLowerCase().split(';');
  if (type?.trim() !== 'text/plain' || text !== token)
    throw refused('failed: the answer is not the token as plain text.');
}

function refused(why: string): GraphFailure {
  return new GraphFailure(400, 'ValidationError', `Subscription validation request ${why}`);
}
