import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { INTEGRATION_TYPES } from '../core/model/integration.ts';
import { ConnectorFactory } from './factory.ts';

describe('ConnectorFactory', () => {
  it('knows every connector folder, and nothing else', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name !== 'conformance',
    );
    const types = folders.map(({ name }) => name.replaceAll('-', '_'));
    expect(ConnectorFactory.getSupportedTypes().sort()).toEqual(types.sort());
  });

  it.each(ConnectorFactory.getSupportedTypes())('creates and describes %s', (type) => {
    expect(ConnectorFactory.create(type).manifest.type).toBe(type);
    expect(ConnectorFactory.getIntegrationInfo(type)).toMatchObject({ type, name: expect.any(String) });
  });

  it('derives capabilities from what a connector can do', () => {
    const { capabilities } = ConnectorFactory.getIntegrationInfo('hubspot');
    expect(capabilities).toEqual(['sync:contacts', 'sync:deals', 'lookupContact', 'createContact']);
  });

  it('refuses types that it does not know', () => {
    const supported = new Set<string>(ConnectorFactory.getSupportedTypes());
    for (const type of INTEGRATION_TYPES.filter((candidate) => !supported.has(candidate))) {
      expect(() => ConnectorFactory.create(type)).toThrow('must be one of');
    }
  });
});
