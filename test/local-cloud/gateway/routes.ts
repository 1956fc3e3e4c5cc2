/** A route of the HTTP API, ready to be matched. */
export interface GatewayRoute {
  /** As in the template, for example `GET /v1/items/{id}`. */
  readonly routeKey: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  readonly requiresIam: boolean;
}

export interface RouteMatch {
  readonly route: GatewayRoute;
  /** Decoded path parameters; `undefined` if the route has none. */
  readonly pathParameters: Record<string, string> | undefined;
}

interface Pattern {
  readonly route: GatewayRoute;
  readonly method: string;
  readonly segments: readonly string[];
  /** Sorts the most specific first: per segment a literal before a parameter before a greedy one. */
  readonly rank: string;
}

export type Router = (method: string, rawPath: string) => RouteMatch | undefined;

/**
 * Picks routes as HTTP APIs do: the most specific path, and on the same path an exact method before ANY;
 * `$default` takes what nothing else takes. A trailing slash makes a different path.
 */
export function createRouter(routes: readonly GatewayRoute[]): Router {
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const patterns = routes
    .filter((route) => route !== fallback)
    .map(toPattern)
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return (method, rawPath) => {
    const segments = rawPath.split('/').slice(1);
    for (const pattern of patterns) {
      if (pattern.method !== 'ANY' && pattern.method !== method) continue;
      const parameters = matchSegments(pattern.segments, segments);
      if (parameters === undefined) continue;
      const pathParameters = Object.keys(parameters).length === 0 ? undefined : parameters;
      return { route: pattern.route, pathParameters };
    }
    return fallback && { route: fallback, pathParameters: undefined };
  };
}

function toPattern(route: GatewayRoute): Pattern {
  const [method = '', path = ''] = route.routeKey.split(' ');
  const segments = path.split('/').slice(1);
  const ranks = segments.map((segment) => (segment.endsWith('+}') ? '2' : segment.startsWith('{') ? '1' : '0'));
  return { route, method, segments, rank: `${ranks.join('')}${method === 'ANY' ? '1' : '0'}` };
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part.endsWith('+}')) {
      parameters[part.slice(1, -2)] = segments.slice(index).map(decodeURIComponent).join('/');
      return parameters;
    }
    if (part.startsWith('{')) {
      if (segment === '') return undefined;
      parameters[part.slice(1, -1)] = decodeURIComponent(segment);
    } else if (part !== decodeURIComponent(segment)) return undefined;
  }
  return segments.length === pattern.length ? parameters : undefined;
}
