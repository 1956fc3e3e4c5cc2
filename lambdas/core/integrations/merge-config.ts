import { type ConfigChange, type IntegrationConfig, integrationConfigSchema } from '../model/integration.ts';

/** Settings with a change applied: members left out stay, `null` removes an optional one. */
export function mergeConfig(config: IntegrationConfig, change: ConfigChange): IntegrationConfig {
  const merged = Object.entries({ ...config, ...change }).filter(([, value]) => value !== null && value !== undefined);
  return integrationConfigSchema.parse(Object.fromEntries(merged));
}
