import { expect, test } from '@jest/globals';
import { ConnectorFactory } from '../factory.ts';
import { describeConnectorConformance } from './describe-conformance.ts';
import type { ConformanceFixtures } from './fixtures.ts';

const types = ConnectorFactory.getSupportedTypes();

for (const type of types) {
  const folder = type.replaceAll('_', '-');
  const { fixtures }: { fixtures: ConformanceFixtures } = await import(`../${folder}/fixtures/conformance.ts`);
  describeConnectorConformance(type, () => ConnectorFactory.create(type), fixtures);
}

test('every connector is held against the suite', () => {
  expect(types.length).toBeGreaterThan(0);
});
