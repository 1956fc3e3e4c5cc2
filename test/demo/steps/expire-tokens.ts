import { ConnectorFactory } from '../../../lambdas/connectors/factory.ts';
import type { ConnectedContext } from '../demo-context.ts';
import { expectThat } from '../demo-error.ts';
import { lookUp } from './lookups.ts';

/** How many ask at once where nobody can be looked up. */
const PROBES = 4;

/** The provider stops taking the access token; callers must not notice. */
export async function expireTokens(context: ConnectedContext): Promise<void> {
  const { findings, hub, steps } = context;
  const { type } = findings.provider;
  // Tokens that never expire can't be refreshed either.
  if (ConnectorFactory.manifest(type).oauth.refreshTokens === 'none') return;
  const refreshes = async () => (await hub.sandbox.counters())[type]?.tokenRefreshes ?? 0;
  await steps.run('Let the access token expire, with several callers on the line', async (view) => {
    const asked = await callersOf(context);
    const before = await refreshes();
    await hub.sandbox.expireAccessTokens(type);
    await Promise.all(asked.map((ask) => ask()));
    const made = (await refreshes()) - before;
    expectThat(made === 1, `the token was refreshed ${made} times, not once`);
    view.done(`${asked.length} live questions answered, with 1 refresh between them`);
  });
}

/** Live questions of as many callers; where the provider knows no people, connection tests. */
async function callersOf(context: ConnectedContext): Promise<(() => Promise<unknown>)[]> {
  const { api, scenario, scope } = context;
  if (!scenario.people) {
    return Array.from({ length: PROBES }, () => async () => {
      const { ok, error } = await api.test(scope.integrationId);
      expectThat(ok, `the connection test failed: ${error?.detail}`);
    });
  }
  const { unknownPhones } = await scenario.people.sample();
  const nobody = { outcome: 'not_found', via: 'live', ids: [] } as const;
  return unknownPhones.slice(1).map((phone) => () => lookUp(context, { phone }, nobody));
}
