import codes from '@eventstore/db-client/generated/code_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';

/** A server that refuses every append as KurrentDB refuses an event that is larger than `--max-append-event-size`. */
export interface RefusingServer {
  readonly url: string;
  /** Appends that arrived so far. */
  readonly appends: () => number;
  stop(): void;
}

/** @param batches whether it takes appends by `Streams/BatchAppend`, as all servers since 21.10 do, or by `Streams/Append` */
export async function startRefusingServer(batches: boolean): Promise<RefusingServer> {
  let appends = 0;
  const supported: handleUnaryCall<unknown, features.SupportedMethods> = (_call, reply) => {
    const method = new features.SupportedMethod()
      .setServiceName('event_store.client.streams.streams')
      .setMethodName('batchappend');
    reply(null, new features.SupportedMethods().setMethodsList(batches ? [method] : []));
  };
  const append = (
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    reply: sendUnaryData<streams.AppendResp>,
  ) => {
    call.on('data', () => {});
    call.on('end', () => {
      appends++;
      const metadata = new Metadata();
      metadata.set('exception', 'maximum-append-event-size-exceeded');
      reply({ code: status.INVALID_ARGUMENT, details: 'Event exceeds 1024', metadata } as ServiceError);
    });
  };
  const batchAppend = (call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>) => {
    call.on('data', (request: streams.BatchAppendReq) => {
      appends++;
      const details = new any.Any();
      details.pack(new Uint8Array(), 'event_store.client.MaximumAppendEventSizeExceeded');
      const error = new statuses.Status()
        .setCode(codes.Code.INVALID_ARGUMENT)
        .setMessage('MaximumAppendEventSizeExceeded')
        .setDetails(details);
      call.write(
        new streams.BatchAppendResp()
          .setCorrelationId(request.getCorrelationId())
          .setStreamIdentifier(request.getOptions()?.getStreamIdentifier())
          .setError(error),
      );
    });
  };
  const server = new Server();
  server.addService(
    { getSupportedMethods: ServerFeaturesService.getSupportedMethods },
    { getSupportedMethods: supported },
  );
  server.addService(
    { append: StreamsService.append, batchAppend: StreamsService.batchAppend },
    { append, batchAppend },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    appends: () => appends,
    stop: () => server.forceShutdown(),
  };
}
