import type { OAuthDescription, ProviderManifest } from '../../connectors/connector.ts';
import { HubError, validationFailed } from '../errors.ts';
import { isFieldName } from '../http/field-name.ts';

/** Values of a manifest's connection parameters, by name. */
export type ConnectionValues = Readonly<Record<string, string>>;

/** What the business has given, completed by the manifest's defaults. */
export function connectionValues(
  { connectionParameters = {} }: Pick<ProviderManifest, 'connectionParameters'>,
  given: ConnectionValues,
): ConnectionValues {
  const values = new Map(Object.entries(connectionParameters).map(([name, parameter]) => [name, parameter.default]));
  for (const [name, value] of Object.entries(given)) if (values.has(name)) values.set(name, value);
  return Object.fromEntries([...values].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Throws `validation_failed` at `config.connection.<name>`; the patterns guard the addresses that values end up in. */
export function checkConnectionValues(
  { name: provider, connectionParameters = {} }: Pick<ProviderManifest, 'name' | 'connectionParameters'>,
  given: ConnectionValues,
): void {
  const known = Object.keys(connectionParameters);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw isFieldName(name)
      ? validationFailed(`config.connection.${name}`, `is no connection parameter of ${provider}; ${has}`)
      : validationFailed('config.connection', `has a name that is no connection parameter of ${provider}; ${has}`);
  }
  for (const [name, { label, description, pattern, default: fallback }] of Object.entries(connectionParameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : fallback;
    const field = `config.connection.${name}`;
    if (value === undefined) throw validationFailed(field, `is required. ${label}: ${description}`);
    if (!new RegExp(`^(?:${pattern})$`).test(value)) {
      throw validationFailed(field, `is not a ${label}. ${description}`);
    }
  }
}

/**
 * A text of a manifest with the values of its `{names}` in it.
 *
 * @param encode how a value is written there; as it is where its pattern has made it safe.
 */
export function fillIn(
  template: string,
  values: ConnectionValues,
  encode: (value: string) => string = (value) => value,
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      throw new HubError('internal', { detail: `The connection parameter ${name} has no value; connect again.` });
    }
    return encode(value);
  });
}

/** A provider's OAuth as it is for one account. */
export function oauthFor(manifest: ProviderManifest, given: ConnectionValues): OAuthDescription {
  const { oauth } = manifest;
  const values = connectionValues(manifest, given);
  const fillAll = (parameters: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, fillIn(value, values)]));
  return {
    ...oauth,
    authorizeUrl: fillIn(oauth.authorizeUrl, values),
    tokenUrl: fillIn(oauth.tokenUrl, values),
    ...(oauth.authorizeParameters ? { authorizeParameters: fillAll(oauth.authorizeParameters) } : {}),
    ...(oauth.tokenParameters ? { tokenParameters: fillAll(oauth.tokenParameters) } : {}),
    ...(oauth.revocation ? { revocation: { ...oauth.revocation, url: fillIn(oauth.revocation.url, values) } } : {}),
  };
}
