import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';

/** A server that takes reads and answers none of them. */
export interface SilentServer {
  readonly url: string;
  /** Connections that were made so far. */
  readonly connections: () => number;
  /** Reads that arrived, and those of them that nobody has cancelled. */
  readonly reads: { arrived: number; running: number };
  stop(): void;
}

export async function startSilentServer(): Promise<SilentServer> {
  const reads = { arrived: 0, running: 0 };
  const peers = new Set<string>();
  const server = new Server();
  server.addService(
    { read: StreamsService.read },
    {
      read: (call: ServerWritableStream<unknown, unknown>) => {
        reads.arrived++;
        reads.running++;
        peers.add(call.getPeer());
        call.once('cancelled', () => reads.running--);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    connections: () => peers.size,
    reads,
    stop: () => server.forceShutdown(),
  };
}
