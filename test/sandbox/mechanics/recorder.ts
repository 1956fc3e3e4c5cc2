import { createWriteStream, type WriteStream } from 'node:fs';
import { maskBody, maskHeaders, maskUrl } from './masking.ts';

/** One exchange as it went over the wire, with the provider's real URL. */
export interface RecordedExchange {
  readonly provider: string;
  readonly request: { method: string; url: string; headers: Headers; body: string };
  readonly response: { status: number; headers: Headers; body: string };
}

/** Writes one JSON line per exchange, secrets masked, for checking against the providers' API descriptions. */
export class Recorder {
  readonly #file: WriteStream;

  constructor(path: string) {
    this.#file = createWriteStream(path, { flags: 'w' });
  }

  write({ provider, request, response }: RecordedExchange): void {
    const line = {
      provider,
      request: {
        method: request.method,
        url: maskUrl(request.url),
        headers: maskHeaders(request.headers),
        body: maskBody(request.body, request.headers.get('content-type')),
      },
      response: {
        status: response.status,
        headers: maskHeaders(response.headers),
        body: maskBody(response.body, response.headers.get('content-type')),
      },
    };
    this.#file.write(`${JSON.stringify(line)}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#file.once('error', reject);
      this.#file.end(resolve);
    });
  }
}
