import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** How long a client has to close its side after ours is closed, in ms. */
  readonly lingerMs: number;
  /** How long a client has to take what was sent to it, in ms. */
  readonly unreadMs: number;
  /** The time between two checks of all connections, in ms. */
  readonly sweepMs: number;
}

/** The open connections of a server and their unanswered requests. A connection that only its client keeps open is closed. */
export class Connections {
  readonly #open = new Set<Socket>();
  readonly #unanswered = new Set<ServerResponse>();
  /** When a connection began to wait for its client to read, or to close it. */
  readonly #stuckSince = new WeakMap<Socket, number>();
  /** The last request of a connection, as long as its body has not arrived whole. */
  readonly #arriving = new WeakMap<Socket, ServerResponse>();
  /** Connections that are closed as soon as what was written to them is sent. Node adds a listener each time it is told. */
  readonly #closing = new WeakSet<Socket>();
  readonly #sweep: NodeJS.Timeout;
  readonly #whenNone: (() => void)[] = [];

  constructor(private readonly limits: ConnectionLimits) {
    this.#sweep = setInterval(() => this.#closeStuck(), limits.sweepMs);
  }

  get count(): number {
    return this.#open.size;
  }

  get unanswered(): ReadonlySet<ServerResponse> {
    return this.#unanswered;
  }

  opened(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) for (const resolve of this.#whenNone.splice(0)) resolve();
    });
  }

  /** Resolves when no connection is open. */
  none(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenNone.push(resolve);
    });
  }

  /** @param onAnswered called when the answer is sent, or cannot be sent */
  arrived(response: ServerResponse, onAnswered: () => void): void {
    this.#unanswered.add(response);
    if (!response.req.complete) this.#arriving.set(response.req.socket, response);
    response.once('close', () => {
      this.#unanswered.delete(response);
      onAnswered();
    });
  }

  /**
   * Whether a request of this connection has arrived whole and waits for its answer. A request with a malformed body does not
   * count: it has not been acted on, and will not be.
   */
  isAwaited(socket: Socket): boolean {
    return [...this.#unanswered].some(({ req }) => req.socket === socket && req.complete);
  }

  /** Whether the request that is arriving on this connection was answered without waiting for its body. */
  isAnsweredEarly(socket: Socket): boolean {
    const arriving = this.#arriving.get(socket);
    return arriving !== undefined && !arriving.req.complete && arriving.headersSent;
  }

  /** Closes the connections on which no request waits for its answer. */
  closeIdle(): void {
    const awaited = new Set([...this.#unanswered].map(({ req }) => req.socket));
    for (const socket of this.#open) {
      if (awaited.has(socket) || this.#closing.has(socket)) continue;
      this.#closing.add(socket);
      socket.destroySoon();
    }
  }

  /** Stops the checks: the server is closed. */
  end(): void {
    clearInterval(this.#sweep);
  }

  #closeStuck(): void {
    const now = performance.now();
    for (const socket of this.#open) {
      const isUnread = socket.writableLength > 0;
      if (!isUnread && !socket.writableEnded) {
        this.#stuckSince.delete(socket);
        continue;
      }
      const since = this.#stuckSince.get(socket) ?? now;
      this.#stuckSince.set(socket, since);
      if (now - since >= (isUnread ? this.limits.unreadMs : this.limits.lingerMs)) socket.destroy();
    }
  }
}
