import { Agent, request } from 'node:http';
import type { SeenAnswer } from '../test/support/check-answer.js';
import type { FuzzRequest } from './requests.js';

/** The longest that any answer may take, in ms. */
const patienceMs = 60_000;

/** Sends requests to one service. */
export class Client {
  readonly #agent: Agent;

  constructor(
    private readonly url: string,
    connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Rejects when there is no answer. Of an endless answer, a stream of events, it takes the beginning. */
  send({ method, target, headers, body }: FuzzRequest): Promise<SeenAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const sent = request(
        { agent: this.#agent, hostname, port, method, path: target, headers: withLength(headers, body) },
        (answer) => {
          const chunks: Buffer[] = [];
          const mediaType = String(answer.headers['content-type'] ?? '');
          const end = () =>
            resolve({
              ...{ method, path: target.replace(/\?.*$/s, ''), status: answer.statusCode ?? 0, mediaType },
              body: Buffer.concat(chunks).toString(),
              requestId: String(answer.headers['x-request-id'] ?? ''),
              hasRetryAfter: answer.headers['retry-after'] !== undefined,
            });
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', end);
          answer.on('error', reject);
          if (mediaType.startsWith('text/event-stream')) {
            end();
            answer.destroy();
          }
        },
      );
      sent.setTimeout(patienceMs, () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)));
      sent.on('error', reject);
      sent.end(body ?? undefined);
    });
  }
}

const withLength = (headers: FuzzRequest['headers'], body: Buffer | null): Record<string, string> =>
  body === null ? { ...headers } : { ...headers, 'content-length': String(body.length) };
