import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';

/**
 * Drops answers to batch appends that have already failed. The library keeps all pending batch appends of a process in one
 * table and empties it when any append stream fails; an answer to a removed entry, on a stream that is still open, then throws
 * inside the library and would end the process (db-client 6.2.1, streams/appendToStream/batchAppend.js). The append's caller
 * has got the failure and appends again.
 */
export function dropLateAnswers(): void {
  if (patched) return;
  patched = true;
  const { batchAppend } = StreamsClient.prototype;
  const guarded = function (this: StreamsClient, ...args: Parameters<typeof batchAppend>) {
    const call = batchAppend.apply(this, args);
    const emit = call.emit.bind(call);
    call.emit = (event: string | symbol, ...values: unknown[]): boolean => {
      try {
        return emit(event, ...values);
      } catch (error) {
        if (event === 'data' && error instanceof TypeError) return true;
        throw error;
      }
    };
    return call;
  };
  Object.defineProperty(StreamsClient.prototype, 'batchAppend', { value: guarded });
}

let patched = false;
