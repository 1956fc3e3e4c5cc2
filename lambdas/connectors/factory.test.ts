import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { INTEGRATION_TYPES } from '../core/model/integration.ts';
import { ConnectorFactory } from './factory.ts';

describe('ConnectorFactory', () => {
  it('knows every connector folder, and nothing else', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !['conformance', 'kit'].includes(entry.name),
    );
    const types = folders.map(({ name }) => name.replaceAll('-', '_'));
    expect(ConnectorFactory.getSupportedTypes().sort()).toEqual(types.sort());
  });

  it.each(ConnectorFactory.getSupportedTypes())('creates and describes %s', async (type) => {
    expect((await ConnectorFactory.create(type)).manifest).toBe(ConnectorFactory.manifest(type));
    expect(ConnectorFactory.manifest(type).type).toBe(type);
    expect(ConnectorFactory.getIntegrationInfo(type)).toMatchObject({ type, name: expect.any(String) });
  });

  it('lists what a connector can do', () => {
    const { capabilities } = ConnectorFactory.getIntegrationInfo('hubspot');
    expect(capabilities).toEqual(['sync:contacts', 'sync:deals', 'lookupContact', 'createContact']);
  });

  it('refuses types that it does not know', async () => {
    const supported = new Set<string>(ConnectorFactory.getSupportedTypes());
    for (const type of INTEGRATION_TYPES.filter((candidate) => !supported.has(candidate))) {
      await expect(ConnectorFactory.create(type)).rejects.toThrow('must be one of');
      expect(await ConnectorFactory.find(type)).toBeNull();
    }
  });
});
