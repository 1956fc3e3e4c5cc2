import { validationFailed } from '../core/errors.ts';
import type { IntegrationType } from '../core/model/integration.ts';
import { capabilitiesOf, type IntegrationConnector, type ProviderManifest } from './connector.ts';
import { createHubSpotConnector } from './hubspot/index.ts';

/** All providers, one line each. */
const CONNECTORS = {
  hubspot: createHubSpotConnector,
} as const satisfies Partial<Record<IntegrationType, () => IntegrationConnector>>;

export type SupportedType = keyof typeof CONNECTORS;

/** A line of the catalogue. */
export interface IntegrationInfo extends Pick<ProviderManifest, 'type' | 'name' | 'description' | 'availability'> {
  readonly capabilities: readonly string[];
}

/** The only place that knows all connectors. */
export const ConnectorFactory = {
  create(type: IntegrationType): IntegrationConnector {
    const connector = ConnectorFactory.find(type);
    if (connector) return connector;
    throw validationFailed('type', `must be one of ${ConnectorFactory.getSupportedTypes().join(', ')}`);
  },

  /** The connector, or null when the hub has none for this provider. */
  find(type: IntegrationType): IntegrationConnector | null {
    return isSupported(type) ? CONNECTORS[type]() : null;
  },

  getSupportedTypes(): SupportedType[] {
    return Object.keys(CONNECTORS).filter(isSupported);
  },

  getIntegrationInfo(type: IntegrationType): IntegrationInfo {
    const connector = ConnectorFactory.create(type);
    const { name, description, availability } = connector.manifest;
    return { type, name, description, capabilities: capabilitiesOf(connector), availability };
  },
};

function isSupported(type: string): type is SupportedType {
  return Object.hasOwn(CONNECTORS, type);
}
