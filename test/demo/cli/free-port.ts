import { once } from 'node:events';
import { createServer } from 'node:net';
import { UsageError } from './flags.ts';

/** Refuses a port that cannot be listened on, before anything is started. 0 is always free. */
export async function requireFreePort(flag: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${String(code)})`;
    throw new UsageError(`--${flag}: port ${port} ${why}; choose another one, or 0 for any free one`);
  } finally {
    probe.close();
  }
}
