import { describe, expect, it } from '@jest/globals';
import { checkConnectionValues, oauthFor } from '../../core/oauth/connection-parameters.ts';
import { manifest } from './manifest.ts';

describe('the host of the consent', () => {
  it.each([
    'login.salesforce.com',
    'test.salesforce.com',
    'marlow-finch.my.salesforce.com',
    'Acme2.my.salesforce.com',
    'marlow-finch--staging.sandbox.my.salesforce.com',
    'acme-dev-ed.develop.my.salesforce.com',
  ])('may be %s', (host) => {
    checkConnectionValues(manifest, { host });
    const { authorizeUrl, tokenUrl, revocation } = oauthFor(manifest, { host });
    expect([authorizeUrl, tokenUrl, revocation?.url]).toEqual(
      ['authorize', 'token', 'revoke'].map((path) => `https://${host}/services/oauth2/${path}`),
    );
  });

  it.each([
    'acme.lightning.force.com',
    'acme.my.salesforce.com.evil.example',
    'evil.example/acme.my.salesforce.com',
    'login.salesforce.com@evil.example',
    'loginxsalesforce.com',
    'my.salesforce.com',
    '.my.salesforce.com',
    '-acme.my.salesforce.com',
    'acme-.my.salesforce.com',
    'a.b.c.my.salesforce.com',
    'acme.my.salesforce.com:8443',
    'acme.my.salesforce.com\n',
    'acme.my.site.com',
    'https://acme.my.salesforce.com',
    'na1.salesforce.com',
  ])('may not be %j', (host) => {
    expect(() => checkConnectionValues(manifest, { host })).toThrow('config.connection.host');
  });

  it('is the common one unless the business says otherwise', () => {
    expect(oauthFor(manifest, {}).tokenUrl).toBe('https://login.salesforce.com/services/oauth2/token');
  });
});

describe('a consent that could not be given', () => {
  const stepsAfter = (error: string) =>
    manifest.oauth.consentProblems?.find(({ match }) => new RegExp(match).test(error))?.steps.map(({ title }) => title);

  it.each([
    'OAUTH_APPROVAL_ERROR_GENERIC An unexpected error has occurred during authentication.',
    'OAUTH_EC_APP_NOT_FOUND External client app is not found',
    'invalid_client app must be installed into org',
    'invalid_client The app must be Installed',
  ])('asks for the package: %s', (error) => {
    expect(stepsAfter(error)).toEqual(['Install the Integration Hub package in Salesforce']);
  });

  it('asks the administrator to let the user in', () => {
    expect(stepsAfter('OAUTH_APP_ACCESS_DENIED user is not admin approved to access this app')).toHaveLength(1);
  });

  it.each(['access_denied end-user denied authorization', 'invalid_client invalid client credentials'])(
    'asks for nothing: %s',
    (error) => {
      expect(stepsAfter(error)).toBeUndefined();
    },
  );
});
