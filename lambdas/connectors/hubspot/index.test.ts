import { describe, expect, it } from '@jest/globals';
import { ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { createConnector } from './index.ts';

const connector = createConnector();

describe('the HubSpot connector', () => {
  it('identifies the portal', async () => {
    const http = new ScriptedHttp(() => ({ body: { portalId: 4711, accountType: 'SANDBOX', timeZone: null } }));
    expect(await connector.identifyAccount(sessionFor(http))).toEqual({
      id: '4711',
      name: null,
      attributes: { accountType: 'SANDBOX' },
    });
  });

  it('probes with a real read, and fails when that does', async () => {
    const http = new ScriptedHttp(() => ({ body: { results: [] } }));
    await connector.testConnection(sessionFor(http));
    expect(http.requests[0]).toMatchObject({ method: 'GET', query: { limit: 1 } });
    const down = new ScriptedHttp(() => ({ status: 503 }));
    await expect(connector.testConnection(sessionFor(down))).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('uninstalls itself on disconnect', async () => {
    const http = new ScriptedHttp(() => ({ status: 204 }));
    await connector.revoke?.(sessionFor(http));
    expect(http.requests[0]).toMatchObject({
      method: 'DELETE',
      url: 'https://api.hubapi.com/appinstalls/2026-09/external-install',
    });
  });

  it('calls only the origins that its manifest names, at one API version', () => {
    const { apiOrigins, oauth } = connector.manifest;
    expect(apiOrigins).toEqual([new URL(oauth.tokenUrl).origin]);
    expect(oauth.tokenUrl).toBe('https://api.hubapi.com/oauth/2026-09/token');
  });
});
