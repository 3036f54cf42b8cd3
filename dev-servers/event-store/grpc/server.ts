import { setMaxListeners } from 'node:events';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Log } from '../log/log.js';
import { StreamEnds } from '../log/stream-ends.js';
import { Tail } from '../log/tail.js';
import { Writer } from '../log/writer.js';
import { appendHandler } from './append.js';
import { batchAppendHandler } from './batch-append.js';
import { deleteHandler, tombstoneHandler } from './delete.js';
import { gossipHandler, supportedMethodsHandler } from './discovery.js';
import { unavailable } from './errors.js';
import { readHandler } from './read.js';
import { writeBehind } from './send-window.js';

export interface EventStoreServerOptions {
  /** The database that holds the log. One server at a time may own it. */
  readonly postgresUrl: string;
  /** The port to listen on; a free one where absent or 0. */
  readonly port?: number;
  /** The address to listen on, 127.0.0.1 where absent. */
  readonly host?: string;
}

export interface EventStoreServer {
  readonly port: number;
  /** The argument of `EventStoreDBClient.connectionString`. */
  readonly connectionString: string;
  /**
   * Resolves if the server loses its log: the connection to Postgres, and the lock that goes with it. From then on the server
   * writes nothing and answers every append with UNAVAILABLE.
   */
  readonly lost: Promise<Error>;
  /** Completes the appends in flight, ends subscriptions with UNAVAILABLE and releases the log. */
  stop(): Promise<void>;
}

/** The largest message, as on a real server: events of up to 16 MiB, and what surrounds them. */
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;

/** How long responses to ended calls may take to reach their clients before connections are closed, in ms. */
const GRACE_MS = 1_000;

/** Responses to reads are encoded by `encode-response.ts`; everything else by the classes that the client ships. */
const STREAMS_SERVICE = {
  read: { ...StreamsService.read, responseSerialize: (response: Buffer) => response },
  append: StreamsService.append,
  batchAppend: StreamsService.batchAppend,
  delete: StreamsService.delete,
  tombstone: StreamsService.tombstone,
};

/**
 * Serves the log in `postgresUrl` to EventStoreDB clients: appends, reads, subscriptions and deletions, without TLS or users. Stream
 * metadata is kept and read like any stream: `$maxCount`, `$maxAge` and `$tb` hide events from reads of the stream, which are
 * never removed (retention.ts), and links are resolved for each reader that asks (links.ts). Access lists are not enforced.
 * Everything else that a real server does, such as projections, is UNIMPLEMENTED.
 * @throws if another server owns the log, Postgres cannot be reached or the port is taken
 */
export async function startEventStoreServer(options: EventStoreServerOptions): Promise<EventStoreServer> {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  let onLost: (reason: Error) => void = () => {};
  const connectionLost = new Promise<Error>((resolve) => {
    onLost = resolve;
  });
  const log = await Log.open(options.postgresUrl, (reason) => onLost(reason));
  const { last, next } = await log.end();
  const tail = new Tail(last);
  const ends = new StreamEnds(log);
  const writer = new Writer(log, tail, ends, next);
  const lost = connectionLost.then(async (reason) => {
    await writer.stop(unavailable(`The log was lost: ${reason.message}`));
    return reason;
  });

  const host = options.host ?? '127.0.0.1';
  let port = options.port ?? 0;
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    interceptors: [writeBehind],
  });
  server.addService(STREAMS_SERVICE, {
    append: appendHandler(writer),
    batchAppend: batchAppendHandler(writer, stopping.signal),
    delete: deleteHandler(writer),
    tombstone: tombstoneHandler(writer),
    read: readHandler(log, ends, tail, stopping.signal),
  });
  server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethodsHandler });
  server.addService(GossipService, { read: gossipHandler(() => ({ host, port })) });
  try {
    port = await bind(server, host, port);
  } catch (error) {
    await log.close();
    throw error;
  }

  const stop = async () => {
    const reason = unavailable('Server Is Shutting Down');
    await writer.stop(reason);
    stopping.abort(reason);
    await shutDown(server);
    await log.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    port,
    connectionString: `esdb://${host}:${port}?tls=false`,
    lost,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

const bind = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });

const shutDown = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, GRACE_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
