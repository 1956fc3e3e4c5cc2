import { expect, test } from '@jest/globals';
import type { IntegrationConnector } from '../connector.ts';
import { ConnectorFactory } from '../factory.ts';
import { describeConnectorConformance } from './describe-conformance.ts';
import type { ConformanceFixtures } from './fixtures.ts';

const types = ConnectorFactory.getSupportedTypes();

for (const type of types) {
  const folder = type.replaceAll('_', '-');
  const { fixtures }: { fixtures: ConformanceFixtures } = await import(`../${folder}/fixtures/conformance.ts`);
  const { createConnector }: { createConnector: () => IntegrationConnector } = await import(`../${folder}/index.ts`);
  describeConnectorConformance(type, createConnector, fixtures);
}

test('every connector is held against the suite', () => {
  expect(types.length).toBeGreaterThan(0);
});
