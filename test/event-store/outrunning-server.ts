import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {
  caughtUpResponse,
  confirmationResponse,
  eventResponse,
} from '../../dev-servers/event-store/grpc/encode-response.js';
import type { RecordedEvent } from '../../dev-servers/event-store/log/model.js';

export interface OutrunningServer {
  readonly url: string;
  /** The positions that subscribers asked to go on from, null for the start. */
  readonly asked: readonly (bigint | null)[];
  stop(): void;
}

/**
 * A server with a log, which drops its subscribers after every `keeps` events as EventStoreDB 23.10.8 does with one to whom more
 * live events come at once than it keeps, until it has sent all.
 */
export async function startOutrunningServer(
  log: readonly RecordedEvent[],
  keeps: number,
): Promise<OutrunningServer> {
  const asked: (bigint | null)[] = [];
  const supported: handleUnaryCall<unknown, features.SupportedMethods> = (_call, reply) =>
    reply(null, new features.SupportedMethods());
  const read = (call: ServerWritableStream<streams.ReadReq, Buffer>) => {
    const position = call.request.getOptions()?.getAll()?.getPosition()?.getCommitPosition();
    const from = position === undefined ? null : BigInt(position);
    asked.push(from);
    const left = log.filter((event) => from === null || event.position > from);
    call.write(confirmationResponse('00000000-0000-4000-8000-000000000000'));
    for (const event of left.slice(0, keeps)) call.write(eventResponse({ event }, false));
    call.write(caughtUpResponse());
    const details =
      'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.';
    if (left.length > keeps) call.emit('error', { code: status.ABORTED, details } as ServiceError);
  };
  const server = new Server();
  server.addService(
    { getSupportedMethods: ServerFeaturesService.getSupportedMethods },
    { getSupportedMethods: supported },
  );
  const asBytes = { ...StreamsService.read, responseSerialize: (response: Buffer) => response };
  server.addService({ read: asBytes }, { read });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { url: `esdb://127.0.0.1:${port}?tls=false`, asked, stop: () => server.forceShutdown() };
}
