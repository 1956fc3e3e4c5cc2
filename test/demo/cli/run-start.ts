import { ConnectorFactory, type SupportedType } from '../../../lambdas/connectors/factory.ts';
import { type LocalHub, startLocalHub } from '../../local-hub/start-local-hub.ts';
import { messageOf } from '../demo-error.ts';
import { LOCAL_LOGS } from '../log-directory.ts';
import type { Screen } from '../screen.ts';
import type { StartFlags } from './commands.ts';
import { UsageError } from './flags.ts';
import { requireFreePort } from './free-port.ts';
import type { Interrupt } from './interrupt.ts';

/** Keeps hub and sandbox running until Ctrl-C. Answers the exit code. */
export async function runStart(flags: StartFlags, screen: Screen, interrupt: Interrupt): Promise<number> {
  const { port, 'sandbox-port': sandboxPort } = flags;
  if (port !== 0 && port === sandboxPort) {
    throw new UsageError(`--sandbox-port cannot be ${port}; it must be another port than --port`);
  }
  await requireFreePort('port', port);
  await requireFreePort('sandbox-port', sandboxPort);
  screen.line(screen.paint('dim', 'Starting; the first start bundles the functions and takes longer …'));
  let hub: LocalHub;
  try {
    hub = await startLocalHub({
      port,
      sandboxPort,
      contacts: flags.contacts,
      latencyMs: flags.latency,
      recordFile: flags.record,
      logDirectory: LOCAL_LOGS.start,
    });
  } catch (error) {
    if (interrupt.signal.aborted) return 0;
    screen.line(`${screen.paint('red', '✗')} The hub did not start: ${messageOf(error)}`);
    return 1;
  }
  if (!interrupt.signal.aborted) {
    await describe(hub, flags, screen);
    await interrupt.happened;
  }
  screen.line('');
  await hub.close();
  screen.line('Stopped.');
  return 0;
}

async function describe(hub: LocalHub, flags: StartFlags, screen: Screen): Promise<void> {
  const { originMap } = await hub.sandbox.state();
  const workspace = `${hub.apiUrl}/v1/workspaces/demo`;
  const connect = (type: SupportedType): string[] => {
    const { origin } = new URL(ConnectorFactory.manifest(type).oauth.authorizeUrl);
    const body = JSON.stringify({ type, config: { defaultCountry: 'GB' } });
    return [
      `  curl -s -X POST ${workspace}/integrations \\`,
      `    -H 'content-type: application/json' -d '${body}' \\`,
      `    | sed -E -e 's/.*"authorizeUrl":"([^"]*)".*/\\1/' -e 's#${origin}#${originMap[origin]}#'`,
    ];
  };
  screen.lines([
    '',
    `${screen.paint('green', '✓')} ${screen.paint('bold', 'The hub is running.')}`,
    '',
    `  API      ${hub.apiUrl}`,
    `  OpenAPI  ${hub.apiUrl}/openapi.json`,
    `  Sandbox  ${hub.sandbox.url}   (switches: ${hub.sandbox.url}/_sandbox)`,
    `  Logs     ${hub.cloud.logDirectory}`,
    ...(flags.record === null ? [] : [`  Record   ${flags.record}`]),
    '',
    'Connect HubSpot for the workspace "demo", and Acuity Scheduling to book. Each prints the address of the consent page,',
    'here in the sandbox:',
    '',
    ...connect('hubspot'),
    ...connect('acuity'),
    '',
    'Open it in a browser and approve; the first full sync starts by itself. Then:',
    '',
    `  curl -s ${workspace}/integrations`,
    `  curl -s '${workspace}/contacts/lookup?phone=%2B442073134410'`,
    `  curl -s ${workspace}/services`,
    '',
    'Ctrl-C stops everything.',
  ]);
}
