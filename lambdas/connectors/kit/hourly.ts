/** What an account hardly ever changes, at providers where every call costs money. */
import type { ConnectorSession } from '../connector.ts';

const HOUR_MS = 60 * 60_000;
const MAX_ANSWERS = 500;

/**
 * The same answers as `ask`, each asked once an hour for whichever session. One that failed is asked again.
 *
 * @param accountOf whose the answers are: no other account is given them.
 */
export function oncePerHour<T>(
  accountOf: (session: ConnectorSession) => string,
  ask: (session: ConnectorSession, key: string) => Promise<T>,
): (session: ConnectorSession, key?: string) => Promise<T> {
  const answers = new Map<string, { readonly answer: T; readonly until: number }>();
  return async (session, key = '') => {
    const name = `${accountOf(session)}/${key}`;
    const known = answers.get(name);
    if (known && known.until > session.now()) return known.answer;
    const answer = await ask(session, key);
    if (answers.size >= MAX_ANSWERS) answers.clear();
    answers.set(name, { answer, until: session.now() + HOUR_MS });
    return answer;
  };
}
