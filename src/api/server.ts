import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { refuseGarbage } from './garbage.js';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** How long the headers of a request may take to arrive, in ms. */
  readonly headersTimeoutMs?: number;
  /** How long a whole request may take to arrive, in ms. */
  readonly requestTimeoutMs?: number;
}

export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /**
   * Takes no new connections, closes those on which nothing waits for an answer, lets what is in flight be answered, for
   * `graceMs` at most, and then drops what is left. Resolves when every connection is closed.
   */
  stop(graceMs: number): Promise<void>;
}

/** @throws when the address cannot be had. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<RunningServer> {
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 30_000 } = options;
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, 1_000),
    // Longer than proxies keep theirs, so that it is not we who close a connection just as it is used again.
    keepAliveTimeout: 75_000,
  });
  const connections = new Set<Socket>();
  const unanswered = new Set<ServerResponse>();
  let stopping = false;
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const onRequest: RequestListener = (request, response) => {
    unanswered.add(response);
    response.once('close', () => {
      unanswered.delete(response);
      if (stopping) closeIdle(connections, unanswered);
    });
    if (stopping) response.setHeader('Connection', 'close');
    handler(request, response);
  };
  server.on('request', onRequest);
  // An expectation other than 100-continue may be ignored (RFC 9110); Node would answer it past the application.
  server.on('checkExpectation', onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuseGarbage(error, socket, unanswered),
  );
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    stop: (graceMs) => {
      stopping = true;
      return close(server, connections, unanswered, graceMs);
    },
  };
}

async function close(
  server: Server,
  connections: ReadonlySet<Socket>,
  unanswered: ReadonlySet<ServerResponse>,
  graceMs: number,
): Promise<void> {
  for (const response of unanswered) {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  }
  const closed = once(server, 'close');
  server.close();
  closeIdle(connections, unanswered);
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(grace);
}

/** Node takes a connection that never sent anything for a busy one, and leaves open one that was busy at the stop. */
function closeIdle(connections: ReadonlySet<Socket>, unanswered: ReadonlySet<ServerResponse>): void {
  const awaited = new Set([...unanswered].map(({ req }) => req.socket));
  for (const socket of connections) if (!awaited.has(socket)) socket.destroySoon();
}
