import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';

/**
 * Has the library let go of a read that is cancelled. It holds each call, and what arrived for it, until the call has ended;
 * and the end of a cancelled call is only told behind the messages that arrived before it, which nobody reads any more. So
 * cancelled reads stayed in memory for good, and disposing of the client waited for them for ever (db-client 6.2.1,
 * Client/index.js). A cancelled call is destroyed now, which ends it at once.
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
