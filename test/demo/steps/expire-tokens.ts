import type { ConnectedContext } from '../demo-context.ts';
import { expectThat } from '../demo-error.ts';
import type { PeopleScenario } from '../demo-scenario.ts';
import { lookUp } from './lookups.ts';

/** The provider stops taking the access token; callers must not notice. */
export async function expireTokens(context: ConnectedContext, people: PeopleScenario): Promise<void> {
  const { findings, hub, steps } = context;
  const { type } = findings.provider;
  await steps.run('Let the access token expire, with several callers on the line', async (view) => {
    const { unknownPhones } = await people.sample();
    const before = (await hub.sandbox.counters())[type]?.tokenRefreshes ?? 0;
    await hub.sandbox.expireAccessTokens(type);
    const callers = unknownPhones.slice(1);
    await Promise.all(
      callers.map((phone) => lookUp(context, { phone }, { outcome: 'not_found', via: 'live', ids: [] })),
    );
    const refreshes = ((await hub.sandbox.counters())[type]?.tokenRefreshes ?? 0) - before;
    expectThat(refreshes === 1, `the token was refreshed ${refreshes} times, not once`);
    view.done(`${callers.length} live look-ups answered, with 1 refresh between them`);
  });
}
