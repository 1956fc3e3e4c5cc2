/**
 * Child process that runs one emulated service on a free port of the loopback interface and tells its parent
 * the port. A process of its own, because DynamoDB's work is synchronous JavaScript that would otherwise
 * hold up the gateway. Ends with its parent.
 */
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';

async function startDynamoDb(): Promise<number> {
  const { returnItemOnFailedCondition } = await import('./dynalite-extensions.ts');
  returnItemOnFailedCondition();
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Not `startFauxqs`, which listens on every interface of the machine. */
async function startSqs(region: string): Promise<number> {
  const { buildApp } = await import('fauxqs');
  const { keepMessageGroups } = await import('./fauxqs-extensions.ts');
  const app = buildApp({ logger: false, defaultRegion: region });
  keepMessageGroups(app);
  return Number(new URL(await app.listen({ port: 0, host: HOST })).port);
}

const [service, region = 'eu-west-1'] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
const port = service === 'dynamodb' ? await startDynamoDb() : await startSqs(region);
process.send?.({ port });
