import streams from '@eventstore/db-client/generated/streams_pb.js';

const { ProposedMessage } = streams.BatchAppendReq;

/**
 * The library hands an event's data to its message as base64 (db-client 6.2.1, streams/appendToStream/batchAppend.js), which
 * protobuf's JavaScript decodes character by character, twice for each event. Here it gets the bytes, decoded by Node.
 */
export function decodeBase64Natively(): void {
  if (patched) return;
  patched = true;
  const { setData } = ProposedMessage.prototype;
  const withBytes = function (this: InstanceType<typeof ProposedMessage>, data: string | Uint8Array) {
    return setData.call(this, typeof data === 'string' ? bytesOf(data) : data);
  };
  Object.defineProperty(ProposedMessage.prototype, 'setData', { value: withBytes });
}

let patched = false;

/** Not as a Buffer: protobuf would copy it. */
function bytesOf(base64: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(base64, 'base64');
  return new Uint8Array(buffer, byteOffset, length);
}
