import { fileURLToPath } from 'node:url';

const logs = (name: string): string => fileURLToPath(new URL(`../../.local/logs-${name}`, import.meta.url));

/** Where the functions' logs go. A directory each, since starting empties it and both may run at once. */
export const LOCAL_LOGS = { start: logs('start'), demo: logs('demo') } as const;
