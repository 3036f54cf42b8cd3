import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';

/**
 * Destroys the call of a cancelled read, so that the library releases it. The library keeps each call and its buffered messages
 * until the call has ended; but the end of a cancelled call is only emitted after the buffered messages, which no consumer
 * reads any more. Cancelled reads would stay in memory, and disposing of the client would wait for them without end (db-client
 * 6.2.1, Client/index.js).
 */
export function letGoOfCancelledReads(): void {
  if (patched) return;
  patched = true;
  const { read } = StreamsClient.prototype;
  const letGo = function (this: StreamsClient, ...args: Parameters<typeof read>) {
    const call = read.apply(this, args);
    const cancel = call.cancel.bind(call);
    call.cancel = () => {
      call.destroy();
      cancel();
    };
    return call;
  };
  Object.defineProperty(StreamsClient.prototype, 'read', { value: letGo });
}

let patched = false;
