import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { RESOURCES } from '../../core/model/resource.ts';
import { checkConnectionValues, connectionValues, fillIn, oauthFor } from '../../core/oauth/connection-parameters.ts';
import { capabilitiesOf, type IntegrationConnector, OPERATION_GROUPS, operationsOf } from '../connector.ts';
import { ConnectorFactory } from '../factory.ts';
import type { ConformanceFixtures } from './fixtures.ts';

export function describeManifest(
  type: string,
  create: () => IntegrationConnector,
  fixtures: ConformanceFixtures,
): void {
  const { manifest } = create();
  const { oauth } = manifest;

  describe('the manifest', () => {
    test('says who it is', () => {
      expect(manifest.type).toBe(type);
      for (const text of [manifest.name, manifest.description]) expect(text.trim()).not.toBe('');
    });

    test('is pure data that nobody needs code to read', () => {
      expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
      const folder = type.replaceAll('_', '-');
      const source = readFileSync(new URL(`../${folder}/manifest.ts`, import.meta.url), 'utf8');
      expect(source.match(/^import (?!type ).*$/gm)).toBeNull();
    });

    test('names https addresses only', () => {
      const filled = oauthFor(manifest, fixtures.connection ?? {});
      const urls = [filled.authorizeUrl, filled.tokenUrl, ...(filled.revocation ? [filled.revocation.url] : [])];
      for (const url of urls) {
        expect(url).toMatch(/^https:\/\//);
        expect(new URL(url).hash).toBe('');
      }
    });

    test('names the origins that its calls may go to, exactly or by a suffix', () => {
      expect(manifest.apiOrigins.length).toBeGreaterThan(0);
      for (const origin of manifest.apiOrigins) {
        const host = /^https:\/\/\*\.([a-z0-9-]+(?:\.[a-z0-9-]+)+)$/.exec(origin)?.[1];
        expect(host === undefined ? new URL(origin).origin : `https://*.${host}`).toBe(origin);
        expect(origin).toMatch(/^https:\/\//);
      }
    });

    test('takes connection parameters that cannot lead elsewhere', () => {
      const { connectionParameters = {} } = manifest;
      checkConnectionValues(manifest, fixtures.connection ?? {});
      for (const [name, { label, description, default: fallback }] of Object.entries(connectionParameters)) {
        expect(name).toMatch(/^\w+$/);
        for (const text of [label, description]) expect(text.trim()).not.toBe('');
        const given = { ...fixtures.connection };
        delete given[name];
        if (fallback === undefined) expect(() => checkConnectionValues(manifest, given)).toThrow('is required');
        else checkConnectionValues(manifest, given);
        for (const way of [
          '',
          ' ',
          'a b',
          '/',
          'x/y',
          'x?y',
          'x#y',
          'x@y',
          'x:1',
          '..',
          'x\\y',
          'x\n',
          'a&b=c',
          '%2f',
        ]) {
          expect(() => checkConnectionValues(manifest, { ...given, [name]: way })).toThrow(`config.connection.${name}`);
        }
      }
    });

    test('shows steps to https addresses, with names that have values', () => {
      const values = { clientId: 'c', redirectUri: 'r', scopes: 's', state: 't' };
      const known = { ...values, ...connectionValues(manifest, fixtures.connection ?? {}) };
      const problems = oauth.consentProblems ?? [];
      for (const { match } of problems) expect(() => new RegExp(match)).not.toThrow();
      for (const { title, detail, url } of [
        ...(manifest.connectSteps ?? []),
        ...problems.flatMap(({ steps }) => steps),
      ]) {
        for (const text of [title, detail]) expect(fillIn(text, known).trim()).not.toBe('');
        if (url !== null) expect(new URL(fillIn(url, known, encodeURIComponent)).protocol).toBe('https:');
      }
    });

    test('asks for scopes, each once', () => {
      const { required, optional, unreported = [] } = oauth.scopes;
      const all = [...required, ...optional, ...unreported];
      expect(all.length).toBeGreaterThan(0);
      expect(all).toHaveLength(new Set(all).size);
      for (const scope of all) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
      if (oauth.optionalScopeParameter === undefined) expect(optional).toEqual([]);
    });

    test('tells apart the errors of a grant and those of our registration', () => {
      const ours = new Set(oauth.configurationErrors);
      expect(oauth.reconnectErrors?.filter((code) => ours.has(code)) ?? []).toEqual([]);
    });

    test('has rate windows that leave room for live callers and for syncs', () => {
      expect(manifest.rateLimits.default.length).toBeGreaterThan(0);
      const names: string[] = [];
      for (const windows of Object.values(manifest.rateLimits)) {
        for (const { name, windowMs, limit, liveReserve } of windows) {
          names.push(name);
          expect(name).toMatch(new RegExp(`^${type}:`));
          expect(windowMs).toBeGreaterThanOrEqual(1_000);
          expect(Number.isInteger(limit) && limit > 0).toBe(true);
          expect(liveReserve).toBeGreaterThan(0);
          expect(liveReserve).toBeLessThan(limit);
        }
      }
      // Buckets may share a window; two windows may not share a name.
      const windows = new Set(
        Object.values(manifest.rateLimits)
          .flat()
          .map((window) => JSON.stringify(window)),
      );
      expect(new Set(names).size).toBe(windows.size);
    });

    test('names each resource once, and no time that is none', () => {
      expect(manifest.resources).toHaveLength(new Set(manifest.resources).size);
      for (const resource of manifest.resources) expect(RESOURCES).toContain(resource);
      for (const ms of [manifest.overlapMs, manifest.searchLagMs]) expect(ms).toBeGreaterThanOrEqual(0);
    });
  });

  describe('a capability is a method', () => {
    const connector = create();

    test('and the catalogue tells the truth about it', () => {
      const present = Object.values(OPERATION_GROUPS)
        .flat()
        .filter((name) => typeof Reflect.get(connector, name) === 'function');
      expect(operationsOf(manifest).sort()).toEqual([...present].sort());
      const synced = connector.syncData ? manifest.resources.map((resource) => `sync:${resource}`) : [];
      const { capabilities } = ConnectorFactory.getIntegrationInfo(manifest.type);
      expect(capabilities).toEqual([...synced, ...operationsOf(manifest)]);
      expect(capabilities).toEqual(capabilitiesOf(manifest));
      expect(capabilities.length).toBeGreaterThan(0);
    });

    test('and what belongs together is there together', () => {
      const can = (name: string) => typeof Reflect.get(connector, name) === 'function';
      expect(manifest.booking !== undefined).toBe(can('getAvailability'));
      expect(manifest.pushChannels !== undefined).toBe(connector.channels !== undefined);
      expect(can('createAppointment')).toBe(can('getAvailability'));
      // A lost answer must never lead to a second contact: it may be lost before the work is done.
      if (can('createContact')) expect(manifest.searchLagMs).toBeGreaterThan(0);
      // Nor to a second booking.
      const { repeatable, availability } = manifest.booking ?? {};
      if (can('createAppointment')) expect((repeatable && availability === 'provider') || can('findBooked')).toBe(true);
      if (can('rescheduleAppointment') || can('cancelAppointment'))
        expect(manifest.resources).toContain('appointments');
      expect(manifest.windowed?.filter((resource) => !manifest.resources.includes(resource)) ?? []).toEqual([]);
    });

    test('that is there or absent, never a stub', () => {
      const { manifest: _data, channels = {}, ...methods } = connector;
      for (const [name, value] of Object.entries({ ...methods, ...channels })) {
        expect({ name, is: typeof value }).toEqual({ name, is: 'function' });
      }
      expect(manifest.resources.length > 0).toBe(connector.syncData !== undefined);
    });

    test('and each has fixtures here', () => {
      const can = (name: string) => typeof Reflect.get(connector, name) === 'function';
      expect(Object.keys(fixtures.sync ?? {}).sort()).toEqual(connector.syncData ? [...manifest.resources].sort() : []);
      expect(fixtures.lookup !== undefined).toBe(connector.lookupContact !== undefined);
      expect(fixtures.create !== undefined).toBe(connector.createContact !== undefined);
      expect(fixtures.booking !== undefined).toBe(connector.createAppointment !== undefined);
      expect(fixtures.booking?.move !== undefined).toBe(connector.rescheduleAppointment !== undefined);
      expect(fixtures.booking?.cancel !== undefined).toBe(connector.cancelAppointment !== undefined);
      expect(fixtures.quota !== undefined).toBe(manifest.rateHeaders !== undefined || can('quotaPauseMs'));
      expect(fixtures.channels !== undefined).toBe(connector.channels !== undefined);
      expect(fixtures.webhook !== undefined).toBe(connector.readWebhook !== undefined);
    });
  });
}
