import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ENV } from '../../lambdas/core/names.ts';
import { type LocalCloud, startLocalCloud } from '../local-cloud/start-local-cloud.ts';
import { SandboxClient } from '../sandbox/sandbox-client.ts';
import { hubAssembly } from './hub-assembly.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

export interface LocalHubOptions {
  /** Port of the hub's API; 0 takes any free one. */
  readonly port: number;
  readonly sandboxPort: number;
  /** People that each provider's seeded account knows. */
  readonly contacts: number;
  /** Delay before every provider answer, in ms. */
  readonly latencyMs: number;
  readonly recordFile: string | null;
  /** Where the functions' logs go, emptied first. @default .local/logs */
  readonly logDirectory?: string;
  /** Variables for every function, on top of the template's. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The whole hub with its providers on this machine. */
export interface LocalHub {
  readonly apiUrl: string;
  readonly cloud: LocalCloud;
  readonly sandbox: SandboxClient;
  close(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What each provider's sandbox expects of our app; in a deployed stage an operator fills these in. */
const SANDBOX_APPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  acuity: { clientId: 'acuity-client', clientSecret: 'acuity-secret' },
  calendly: { clientId: 'calendly-client', clientSecret: 'calendly-secret', webhookKey: 'calendly-webhook-key' },
  fresha: { clientId: 'fresha-client', clientSecret: 'fresha-secret' },
  google_calendar: { clientId: 'google_calendar-client', clientSecret: 'google_calendar-secret' },
  hubspot: { clientId: 'hubspot-client', clientSecret: 'hubspot-secret' },
  mindbody: {
    clientId: 'mindbody-client',
    clientSecret: 'mindbody-secret',
    apiKey: 'mindbody-api-key',
    webhookKey: 'mindbody-webhook-key',
  },
  outlook_calendar: { clientId: 'outlook_calendar-client', clientSecret: 'outlook_calendar-secret' },
  salesforce: { clientId: 'salesforce-client', clientSecret: 'salesforce-secret' },
  square: { clientId: 'square-client', clientSecret: 'square-secret', webhookKey: 'square-webhook-key' },
};

/** Synthesizes the stack, starts sandbox and local cloud, and connects the two by the origin map. */
export async function startLocalHub(options: LocalHubOptions): Promise<LocalHub> {
  const sandboxProcess = await startSandboxProcess({
    port: options.sandboxPort,
    contacts: options.contacts,
    latencyMs: options.latencyMs,
    recordFile: options.recordFile,
  });
  try {
    const assemblyDir = await hubAssembly({
      'hub.providers': Object.keys(SANDBOX_APPS).join(','),
      // The sandbox has no makers to agree with.
      'hub.partnerAgreements': Object.keys(SANDBOX_APPS).join(','),
    });
    const cloud = await startCloud(options, assemblyDir, sandboxProcess);
    const close = async () => {
      await cloud.close();
      await sandboxProcess.close();
    };
    return { apiUrl: cloud.apiUrl, cloud, sandbox: new SandboxClient(sandboxProcess.url), close };
  } catch (error) {
    await sandboxProcess.close();
    throw error;
  }
}

async function startCloud(
  options: LocalHubOptions,
  assemblyDir: string,
  { originMap }: SandboxProcess,
): Promise<LocalCloud> {
  const logDirectory = options.logDirectory ?? `${PROJECT}.local/logs`;
  await rm(logDirectory, { recursive: true, force: true });
  return startLocalCloud({
    assemblyDir,
    port: options.port,
    logDirectory,
    environment: { ...options.environment, [ENV.providerOriginMap]: JSON.stringify(originMap) },
    secrets: Object.fromEntries(
      Object.entries(SANDBOX_APPS).map(([type, app]) => [`integration-hub/dev/${type}`, JSON.stringify(app)]),
    ),
  });
}
