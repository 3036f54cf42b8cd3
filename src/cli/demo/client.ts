import { Pool } from 'undici';
import { messageOf } from '../../waiting/message-of.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The request got no response: the connection broke, or the client gave up. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** A customer's HTTP client. */
export class Client {
  readonly #pool: Pool;

  constructor(
    readonly url: string,
    connections: number,
  ) {
    this.#pool = new Pool(url, { connections, pipelining: 1 });
  }

  post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    giveUp?: AbortSignal,
  ): Promise<Answer> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.#send('POST', path, json, JSON.stringify(body), giveUp);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('GET', path, headers);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** @throws {NoAnswer} */
  async #send(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body: string | null = null,
    signal?: AbortSignal,
  ): Promise<Answer> {
    try {
      const answer = await this.#pool.request({ method, path, headers, body, signal: signal ?? null });
      return { status: answer.statusCode, body: await answer.body.json(), headers: answer.headers };
    } catch (error) {
      throw new NoAnswer(messageOf(error), { cause: error });
    }
  }
}
