import { validationFailed } from '../core/errors.ts';
import type { IntegrationType } from '../core/model/integration.ts';
import { manifest as acuity } from './acuity/manifest.ts';
import { manifest as calendly } from './calendly/manifest.ts';
import { capabilitiesOf, type IntegrationConnector, type ProviderManifest } from './connector.ts';
import { manifest as fresha } from './fresha/manifest.ts';
import { manifest as googleCalendar } from './google-calendar/manifest.ts';
import { manifest as hubspot } from './hubspot/manifest.ts';
import { manifest as mindbody } from './mindbody/manifest.ts';
import { manifest as outlookCalendar } from './outlook-calendar/manifest.ts';
import { manifest as salesforce } from './salesforce/manifest.ts';
import { manifest as square } from './square/manifest.ts';

interface Entry {
  readonly manifest: ProviderManifest;
  /** Loads the connector's code, which a process pays for only when it meets the provider. */
  load(): Promise<{ createConnector(): IntegrationConnector }>;
}

/** All providers, one line each. */
const CONNECTORS = {
  acuity: { manifest: acuity, load: () => import('./acuity/index.ts') },
  calendly: { manifest: calendly, load: () => import('./calendly/index.ts') },
  fresha: { manifest: fresha, load: () => import('./fresha/index.ts') },
  google_calendar: { manifest: googleCalendar, load: () => import('./google-calendar/index.ts') },
  hubspot: { manifest: hubspot, load: () => import('./hubspot/index.ts') },
  mindbody: { manifest: mindbody, load: () => import('./mindbody/index.ts') },
  outlook_calendar: { manifest: outlookCalendar, load: () => import('./outlook-calendar/index.ts') },
  salesforce: { manifest: salesforce, load: () => import('./salesforce/index.ts') },
  square: { manifest: square, load: () => import('./square/index.ts') },
} as const satisfies Partial<Record<IntegrationType, Entry>>;

export type SupportedType = keyof typeof CONNECTORS;

/** A line of the catalogue. */
export interface IntegrationInfo extends Pick<ProviderManifest, 'type' | 'name' | 'description' | 'availability'> {
  readonly capabilities: readonly string[];
}

/** The only place that knows all connectors. */
export const ConnectorFactory = {
  /** The connector with its code. Throws `validation_failed` for a provider that the hub does not have. */
  async create(type: IntegrationType): Promise<IntegrationConnector> {
    return (await entryOf(type).load()).createConnector();
  },

  /** What is known of a provider without loading its code. Throws `validation_failed` as `create` does. */
  manifest(type: IntegrationType): ProviderManifest {
    return entryOf(type).manifest;
  },

  /** The connector, or null when the hub has none for this provider. */
  async find(type: IntegrationType): Promise<IntegrationConnector | null> {
    return isSupported(type) ? ConnectorFactory.create(type) : null;
  },

  getSupportedTypes(): SupportedType[] {
    return Object.keys(CONNECTORS).filter(isSupported);
  },

  getIntegrationInfo(type: IntegrationType): IntegrationInfo {
    const manifest = ConnectorFactory.manifest(type);
    const { name, description, availability } = manifest;
    return { type, name, description, capabilities: capabilitiesOf(manifest), availability };
  },
};

function entryOf(type: IntegrationType): Entry {
  if (isSupported(type)) return CONNECTORS[type];
  throw validationFailed('type', `must be one of ${ConnectorFactory.getSupportedTypes().join(', ')}`);
}

function isSupported(type: string): type is SupportedType {
  return Object.hasOwn(CONNECTORS, type);
}
