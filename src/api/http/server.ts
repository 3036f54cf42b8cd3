import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type ConnectionLimits, Connections } from './connections.js';
import { refuseMalformed } from './malformed-request.js';

export interface HttpOptions extends Partial<ConnectionLimits> {
  /** How long the headers of a request may take to arrive, in ms. */
  readonly headersTimeoutMs?: number;
  /** How long a whole request may take to arrive, in ms. */
  readonly requestTimeoutMs?: number;
}

export interface ListenOptions extends HttpOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface HttpServer {
  /** Takes connections from wherever they come. */
  readonly server: Server;
  /** The number of open connections. */
  connections(): number;
  /**
   * Takes no new connections, closes the idle ones, lets requests in flight be answered for at most `graceMs`, and then drops
   * the rest. Resolves when every connection is closed.
   */
  stop(graceMs: number): Promise<void>;
}

export interface RunningServer extends Omit<HttpServer, 'server'> {
  readonly port: number;
  readonly url: string;
}

/**
 * An HTTP server that does not listen yet. Each connection ends, whatever its client does: a request has 10 s to arrive, the
 * client 10 s to read an answer, and 2 s to close its side after the server closed its own. An idle connection that may be used
 * again stays for 75 s.
 */
export function createHttpServer(handler: RequestListener, options: HttpOptions): HttpServer {
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 10_000 } = options;
  const { lingerMs = 2_000, unreadMs = 10_000, sweepMs = 1_000 } = options;
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: sweepMs,
    // Longer than proxies keep theirs, so that the server does not close a connection just as it is used again.
    keepAliveTimeout: 75_000,
    // The application refuses such a request with a problem.
    requireHostHeader: false,
  });
  const connections = new Connections({ lingerMs, unreadMs, sweepMs });
  let stopping = false;
  server.on('connection', (socket) => connections.opened(socket));
  const onRequest: RequestListener = (request, response) => {
    connections.arrived(response, () => {
      if (stopping) connections.closeIdle();
    });
    if (stopping) response.setHeader('Connection', 'close');
    handler(request, response);
  };
  server.on('request', onRequest);
  // An expectation other than 100-continue may be ignored (RFC 9110); Node would answer it past the application.
  server.on('checkExpectation', onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    // An HTTP server has no other kind of connection.
    refuseMalformed(error, socket as Socket, connections),
  );
  return {
    server,
    connections: () => connections.count,
    stop: (graceMs) => {
      stopping = true;
      return close(server, connections, graceMs);
    },
  };
}

/** Serves HTTP at an address. @throws when the address cannot be had */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<RunningServer> {
  const { server, connections, stop } = createHttpServer(handler, options);
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    await stop(0);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
  return { port, url, connections, stop };
}

async function close(server: Server, connections: Connections, graceMs: number): Promise<void> {
  for (const response of connections.unanswered) {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  }
  const closed = new Promise<void>((resolve) => {
    // One that never listened is an error to Node, and as closed.
    server.close(() => resolve());
  });
  // Node takes a connection that never sent anything for a busy one, and leaves open one that was busy at the stop.
  connections.closeIdle();
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(grace);
  connections.end();
}
