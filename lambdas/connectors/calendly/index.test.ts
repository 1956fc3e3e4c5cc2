import { describe, expect, test } from '@jest/globals';
import { ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { ORGANIZATION, page, resource, USER, userRow } from './fixtures/answers.ts';
import { createConnector } from './index.ts';

const connector = createConnector();

describe('the Calendly connector', () => {
  test('identifies the user, whom webhooks name, with organization and zone', async () => {
    const http = new ScriptedHttp(() => resource(userRow()));
    expect(await connector.identifyAccount(sessionFor(http))).toEqual({
      id: 'USER1',
      name: 'Mara Lindqvist',
      attributes: { owner: USER, organization: ORGANIZATION, timeZone: 'Europe/London' },
    });
  });

  test('probes with a read of the own events, which every role may', async () => {
    const account = { id: 'USER1', name: null, attributes: { owner: USER, organization: ORGANIZATION } };
    const http = new ScriptedHttp(() => page([]));
    await connector.testConnection(sessionFor(http, {}, account));
    expect(http.requests).toMatchObject([{ method: 'GET', query: { user: USER, count: 1 } }]);
    const down = new ScriptedHttp(() => ({ status: 503 }));
    await expect(connector.testConnection(sessionFor(down, {}, account))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });

  test('asks for every scope by name, since an app without any can do nothing', () => {
    const { required } = connector.manifest.oauth.scopes;
    expect(required).toContain('contacts:write');
    expect(required).toContain('scheduled_events:write');
    for (const scope of required) expect(scope).toMatch(/^[a-z_]+:(read|write)$/);
  });
});
