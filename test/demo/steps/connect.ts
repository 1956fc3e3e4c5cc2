import { goBack } from '../../sandbox/mechanics/consent-browser.ts';
import type { ConnectedContext, DemoContext } from '../demo-context.ts';
import { expectThat } from '../demo-error.ts';

/** Finds the provider in the catalogue. */
export async function readCatalogue({ api, steps, findings: { provider } }: DemoContext): Promise<void> {
  await steps.run('Read the catalogue', async (view) => {
    await api.health();
    const providers = await api.providers();
    const entry = providers.find(({ type }) => type === provider.type);
    expectThat(entry !== undefined, `the catalogue does not list ${provider.type}`);
    view.done(`${entry.name} can ${entry.capabilities.join(', ')}`);
  });
}

/** Connects as a business does: opens the consent page, approves, and follows the browser back to the hub. */
export async function connectProvider(context: DemoContext): Promise<ConnectedContext> {
  const { api, hub, scenario, signal, steps } = context;
  const { type, name } = context.findings.provider;
  const scope = await steps.run('Connect through the consent page', async (view) => {
    const { integration, authorizeUrl } = await api.connect({ type, config: { ...scenario.config } });
    const callback = await hub.sandbox.consent(authorizeUrl);
    const [address] = callback.url.split('?');
    expectThat(address === `${hub.apiUrl}/oauth/callback`, `the consent page led to ${address}`);
    const page = await goBack(callback, { signal, redirect: 'manual' });
    const text = visibleText(await page.text());
    const said = scenario.finishConnecting
      ? `${name} has accepted the connection. Something remains to be done before it works.`
      : `${name} is connected. The first sync has started.`;
    expectThat(page.status === 200 && text.includes(said), `the hub's page (${page.status}) says: ${text}`);

    const again = await goBack(callback, { signal, redirect: 'manual' });
    expectThat(again.status === 400, `the same callback worked a second time (${again.status})`);

    const { workspaceId, integrationId } = integration;
    const { status, account } = await api.integration(integrationId);
    const expected = scenario.finishConnecting ? 'pending' : 'connected';
    expectThat(status === expected && account !== null, `the integration is ${status} after the consent`);
    view.done(`account ${account.id}; the page says "${said}"`);
    return { workspaceId, integrationId };
  });
  if (scenario.finishConnecting) await finishConnecting(context, scope.integrationId);
  await steps.run('Ask the provider a cheap question', async (view) => {
    const { ok, latencyMs, error } = await api.test(scope.integrationId);
    expectThat(ok, `the connection test failed: ${error?.detail}`);
    view.done(`answered in ${Math.round(latencyMs)} ms`);
  });
  return { ...context, scope };
}

/** The business does what remains; the connection test is what notices. */
async function finishConnecting({ api, scenario, steps }: DemoContext, integrationId: string): Promise<void> {
  await steps.run('Do what remains at the provider', async (view) => {
    const { nextSteps } = await api.integration(integrationId);
    const before = await api.test(integrationId);
    expectThat(nextSteps.length > 0 && !before.ok, 'the connection works before the business has done its part');
    await scenario.finishConnecting?.();
    const { ok, error } = await api.test(integrationId);
    expectThat(ok, `the connection test failed: ${error?.detail}`);
    const { status } = await api.integration(integrationId);
    expectThat(status === 'connected', `the integration is ${status} after the last step`);
    view.done(`"${nextSteps.map(({ title }) => title).join('", "')}": done, and connected by the next test`);
  });
}

function visibleText(html: string): string {
  return (/<main>([\s\S]*)<\/main>/.exec(html)?.[1] ?? html)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
