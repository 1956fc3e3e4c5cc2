/** Takes secrets out of what is recorded. The shape of a message stays, so that it can still be checked. */
const MASK = '***';
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'set-cookie', 'proxy-authorization', 'api-key']);
const SECRET_MEMBERS = new Set([
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'token',
  'clientState',
  'code_verifier',
]);
const FORM = 'application/x-www-form-urlencoded';

export function maskHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, SECRET_HEADERS.has(name) ? MASK : value]));
}

export function maskUrl(url: string): string {
  const [path = '', query] = url.split('?');
  return query === undefined ? path : `${path}?${maskForm(query)}`;
}

/** JSON comes out parsed, forms as form-encoded text, anything else as it is. */
export function maskBody(text: string, contentType: string | null): unknown {
  if (text === '') return null;
  if (contentType?.startsWith(FORM)) return maskForm(text);
  try {
    return maskJson(JSON.parse(text));
  } catch {
    return text;
  }
}

/** `code` is a secret only beside OAuth's own members: elsewhere it is an error code. */
function maskForm(text: string): string {
  const form = new URLSearchParams(text);
  let touched = false;
  for (const name of [...form.keys()]) {
    if (!SECRET_MEMBERS.has(name) && name !== 'code') continue;
    form.set(name, MASK);
    touched = true;
  }
  return touched ? form.toString() : text;
}

function maskJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskJson);
  if (typeof value !== 'object' || value === null) return value;
  const isTokenRequest = 'grant_type' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const secret = SECRET_MEMBERS.has(name) || (isTokenRequest && name === 'code');
      return [name, secret && typeof member === 'string' ? MASK : maskJson(member)];
    }),
  );
}
