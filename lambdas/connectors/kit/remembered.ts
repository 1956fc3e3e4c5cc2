/** What changes rarely, and is asked once per session. */
import type { ConnectorSession } from '../connector.ts';

/** The same answers as `ask`, each asked once per session and key. One that failed, or is wanted afresh, is asked again. */
export function oncePerSession<T, Key = void>(
  ask: (session: ConnectorSession, key: Key) => Promise<T>,
): (session: ConnectorSession, key: Key, afresh?: boolean) => Promise<T> {
  const sessions = new WeakMap<ConnectorSession, Map<Key, Promise<T>>>();
  return (session, key, afresh = false) => {
    const known = sessions.get(session) ?? new Map<Key, Promise<T>>();
    sessions.set(session, known);
    const asked = (afresh ? undefined : known.get(key)) ?? ask(session, key);
    known.set(key, asked);
    // The caller sees the failure through `asked` itself.
    asked.catch(() => known.get(key) === asked && known.delete(key));
    return asked;
  };
}
