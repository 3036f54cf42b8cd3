import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { within } from '../../../waiting/within.js';
import { type ConnectionLimits, Connections } from './connections.js';
import { refuseMalformed } from './malformed-request.js';

/** In PEM. */
export interface Certificate {
  readonly cert: Buffer | string;
  readonly key: Buffer | string;
}

export interface HttpOptions extends Partial<ConnectionLimits> {
  /** How long the headers of a request may take to arrive, in ms. */
  readonly headersTimeoutMs?: number;
  /** How long a whole request may take to arrive, in ms. */
  readonly requestTimeoutMs?: number;
  /** Speak TLS with this certificate; absent for plain HTTP. */
  readonly certificate?: Certificate;
  /** How long a stop still takes requests, each as the last of its connection, in ms; at most half of the stop's grace. */
  readonly drainMs?: number;
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
  /** New connections get this certificate. */
  renew(certificate: Certificate): void;
  /**
   * Answers the requests of the next moment too, each as the last of its connection: a client that reuses its connection may have
   * sent one already. Then takes no new connections, closes the idle ones, lets requests in flight be answered for the rest of
   * `graceMs`, and drops what is left. Resolves when every connection is closed.
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
  const { lingerMs = 2_000, unreadMs = 10_000, sweepMs = 500, drainMs = 300 } = options;
  const settings = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: sweepMs,
    // Longer than proxies keep theirs, so that the server does not close a connection just as it is used again.
    keepAliveTimeout: 75_000,
    // The application refuses such a request with a problem.
    requireHostHeader: false,
  };
  const { certificate } = options;
  const server =
    certificate === undefined
      ? createServer(settings)
      : createTlsServer({
          ...settings,
          ...certificate,
          minVersion: 'TLSv1.2',
          handshakeTimeout: headersTimeoutMs,
        });
  const connections = new Connections({ lingerMs, unreadMs, sweepMs });
  const unready = server instanceof TlsServer ? handshakesOf(server) : null;
  let state: 'open' | 'draining' | 'closing' = 'open';
  server.on(unready === null ? 'connection' : 'secureConnection', (socket) => connections.opened(socket));
  const onRequest: RequestListener = (request, response) => {
    connections.arrived(response, () => {
      if (state === 'closing') connections.closeIdle();
    });
    if (state !== 'open') response.setHeader('Connection', 'close');
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
    renew(next) {
      if (server instanceof TlsServer) server.setSecureContext({ ...next, minVersion: 'TLSv1.2' });
    },
    async stop(graceMs) {
      state = 'draining';
      const patienceMs = Math.min(drainMs, graceMs / 2);
      await drain(connections, patienceMs);
      state = 'closing';
      for (const socket of unready?.values() ?? []) socket.destroy();
      await close(server, connections, graceMs - patienceMs);
    },
  };
}

/** The connections of a server that have not agreed on TLS yet: no request has come through them. */
function handshakesOf(server: TlsServer): ReadonlyMap<string, Socket> {
  const sockets = new Map<string, Socket>();
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    sockets.set(name, socket);
    socket.once('close', () => sockets.delete(name));
  });
  server.on('secureConnection', (socket) => sockets.delete(nameOf(socket)));
  return sockets;
}

/** Serves HTTP at an address. @throws when the address cannot be had */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<RunningServer> {
  const { server, connections, stop, renew } = createHttpServer(handler, options);
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    await stop(0);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const scheme = options.certificate === undefined ? 'http' : 'https';
  const url = `${scheme}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
  return { port, url, connections, stop, renew };
}

async function drain(connections: Connections, patienceMs: number): Promise<void> {
  for (const response of connections.unanswered) {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  }
  await within(patienceMs, connections.none(), () => {});
}

async function close(server: Server, connections: Connections, graceMs: number): Promise<void> {
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
