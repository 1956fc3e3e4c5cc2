import * as z from 'zod';

const originMapSchema = z.record(z.url(), z.url());

/**
 * A `fetch` that sends requests for a provider's real origin to a local base instead, for the sandbox. Connectors
 * always use real URLs; a deployed stack never sets the map.
 *
 * @param json the `PROVIDER_ORIGIN_MAP` variable: JSON object, real origin to local base URL.
 */
export function fetchThroughOriginMap(json: string | undefined, baseFetch: typeof fetch = fetch): typeof fetch {
  if (!json) return baseFetch;
  const map = originMapSchema.parse(JSON.parse(json));
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const base = map[url.origin];
    if (!base) return Promise.reject(new TypeError(`PROVIDER_ORIGIN_MAP has no entry for ${url.origin}`));
    return baseFetch(`${base.replace(/\/$/, '')}${url.pathname}${url.search}`, init);
  };
}
