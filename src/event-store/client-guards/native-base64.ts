import streams from '@eventstore/db-client/generated/streams_pb.js';

const { ProposedMessage } = streams.BatchAppendReq;

/**
 * Decodes event data with Node's base64 decoder. The library passes an event's data to its message as base64 (db-client 6.2.1,
 * streams/appendToStream/batchAppend.js), which protobuf's JavaScript decodes character by character, twice for each event.
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

/** A plain Uint8Array: protobuf would copy a Buffer. */
function bytesOf(base64: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(base64, 'base64');
  return new Uint8Array(buffer, byteOffset, length);
}
