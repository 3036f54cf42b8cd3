import { Client } from 'undici';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Keep-alive connections, each with one request at a time. */
export class Connections {
  readonly #all: Client[];
  readonly #idle: Client[];

  constructor(url: string, count: number) {
    const options = { pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000, keepAliveTimeout: 60_000 };
    this.#all = Array.from({ length: count }, () => new Client(url, options));
    this.#idle = [...this.#all];
  }

  /** An idle connection; `give` it back after use. */
  take(): Client | undefined {
    return this.#idle.pop();
  }

  give(connection: Client): void {
    this.#idle.push(connection);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.destroy()));
  }
}

/** Posts and reads the whole answer; null when there is none within `patienceMs`. Never rejects. */
export function post(
  connection: Client,
  path: string,
  headers: readonly string[],
  body: string,
  patienceMs: number | null,
): Promise<Answer | null> {
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const end = (answer: Answer | null) => {
      clearTimeout(timer);
      resolve(answer);
    };
    connection.dispatch(
      { path, method: 'POST', headers: [...headers], body },
      {
        onRequestStart(controller) {
          if (patienceMs === null) return;
          timer = setTimeout(() => controller.abort(new Error('out of patience')), patienceMs);
        },
        onResponseStart(_, statusCode) {
          status = statusCode;
        },
        onResponseData(_, chunk) {
          text += chunk.toString('latin1');
        },
        onResponseEnd: () => end({ status, body: text }),
        onResponseError: () => end(null),
      },
    );
  });
}
