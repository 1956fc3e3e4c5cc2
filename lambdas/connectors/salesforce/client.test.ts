import { describe, expect, it } from '@jest/globals';
import { ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { orgOf } from './client.ts';
import { ORG_URL } from './fixtures/rows.ts';
import { createConnector } from './index.ts';

const http = new ScriptedHttp(() => ({ body: { done: true, records: [] } }));
const sessionWith = (instance_url?: string) => {
  const attributes = instance_url === undefined ? {} : { instance_url };
  return sessionFor(http, {}, { id: '00D', name: null, attributes });
};

describe('the org that is called', () => {
  it.each([ORG_URL, `${ORG_URL}/`, 'https://acme--uat.sandbox.my.salesforce.com'])('may be at %s', (url) => {
    expect(orgOf(sessionWith(url)).baseUrl).toBe(`${new URL(url).origin}/services/data/v67.0`);
  });

  it.each([
    undefined,
    '',
    'acme.my.salesforce.com',
    'http://acme.my.salesforce.com',
    'https://acme.my.salesforce.com:8443',
    'https://my.salesforce.com',
    'https://acme.my.salesforce.com.evil.example',
    'https://evil.example/.my.salesforce.com',
    'https://evil.example#.my.salesforce.com',
    'https://evilmy.salesforce.com',
    'https://acme.lightning.force.com',
    'javascript:alert(1)',
  ])('may not be at %j: nothing is sent there', async (url) => {
    await expect(createConnector().testConnection(sessionWith(url))).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    expect(http.requests).toEqual([]);
  });
});
