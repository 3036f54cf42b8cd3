import { setTimeout as delay } from 'node:timers/promises';

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export const problemOf = ({ body }: Reply): string => String(body.type).replace('/problems/', '');

/** onsale as a shop calls it: again until the answer is final, always with the same key or reference. */
export class Onsale {
  constructor(
    private readonly url: string,
    /** A JSON Web Token of an operator, where access is not open. */
    private readonly token?: string,
  ) {}

  async post(path: string, body: object, key?: string): Promise<Reply> {
    for (;;) {
      const reply = await this.#once(path, body, key).catch(() => null);
      // No answer, 503 or any other 5xx: it was carried out once or not at all, and asking again tells which.
      if (reply !== null && reply.status < 500) return reply;
      await delay(200 + Math.random() * 300);
    }
  }

  async get(path: string): Promise<Reply> {
    const answer = await fetch(this.url + path, { headers: this.#headers() });
    return { status: answer.status, body: (await answer.json()) as Reply['body'] };
  }

  async *events(concertId: string): AsyncGenerator<LoggedEvent> {
    for (let cursor: unknown = '0'; cursor !== null; ) {
      const { body } = await this.get(`/concerts/${concertId}/events?limit=1000&cursor=${cursor}`);
      yield* body.items as LoggedEvent[];
      cursor = body.next;
    }
  }

  async #once(path: string, body: object, key: string | undefined): Promise<Reply> {
    const named = key === undefined ? {} : { 'idempotency-key': key };
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers(), ...named },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Reply['body'] };
  }

  #headers(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }
}

export interface LoggedEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
