import type { HubTable } from '../../../lambdas/aws/hub-table.ts';
import type { SyncQueue, TokenVault } from '../../../lambdas/core/ports.ts';
import type { MortalLife } from './mortal-life.ts';

/** The table as one mortal process reaches it: every request is a deed. */
export function mortalTable(table: HubTable, life: MortalLife): HubTable {
  const client = new Proxy(table.client, {
    get(target, property) {
      const member = Reflect.get(target, property);
      if (property !== 'send') return member;
      return (...args: unknown[]) => life.deed(() => member.apply(target, args));
    },
  });
  return { client, name: table.name };
}

export function mortalFetch(base: typeof fetch, life: MortalLife): typeof fetch {
  return (input, init) => life.deed(() => base(input, init));
}

export function mortalQueue(queue: SyncQueue, life: MortalLife): SyncQueue {
  return { send: (message, options) => life.deed(() => queue.send(message, options)) };
}

export function mortalVault(vault: TokenVault, life: MortalLife): TokenVault {
  return {
    seal: (context, plaintext) => life.deed(() => vault.seal(context, plaintext)),
    open: (context, sealed) => life.deed(() => vault.open(context, sealed)),
  };
}

/** Any port with asynchronous methods: every call is a deed, and so is every page of an iteration. */
export function mortalObject<T extends object>(port: T, life: MortalLife): T {
  return new Proxy(port, {
    get(target, property) {
      const member = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const call = () => member.apply(target, args);
        return property === 'outline' || property === 'seen' ? pagesOf(call(), life) : life.deed(async () => call());
      };
    },
  });
}

async function* pagesOf(pages: AsyncIterable<unknown>, life: MortalLife): AsyncGenerator<unknown> {
  for await (const page of pages) yield await life.deed(async () => page);
}
