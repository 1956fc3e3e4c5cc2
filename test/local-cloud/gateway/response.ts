export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** The answers that API Gateway gives by itself. */
export function gatewayMessage(status: number, message: string): GatewayResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ message })) };
}

/**
 * Maps a handler's answer as payload format 2.0 does. An answer without `statusCode` is itself the body, sent
 * as 200 and JSON; an answer with one must have a text body, or the caller gets a 500.
 */
export function toResponse(payload: unknown): GatewayResponse {
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload ?? null);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload as Record<string, unknown>;
  const status = Number(statusCode);
  const validBody = body === undefined || body === null || typeof body === 'string';
  if (!Number.isInteger(status) || status < 100 || status > 599 || !validBody) {
    return gatewayMessage(500, 'Internal Server Error');
  }
  const mapped: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries((headers ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) mapped[name.toLowerCase()] = String(value);
  }
  delete mapped['content-length'];
  if (Array.isArray(cookies) && cookies.length > 0) mapped['set-cookie'] = cookies.map(String);
  mapped['content-type'] ??= 'text/plain;charset=UTF-8';
  return { status, headers: mapped, body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8') };
}
