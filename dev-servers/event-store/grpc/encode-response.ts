import type { Shown } from '../log/links.js';
import type { RecordedEvent } from '../log/model.js';

/**
 * Encodes responses to reads as protobuf, without the generated classes, which cost several times as much; a server spends most of
 * its time here. Field numbers are those of `streams.proto`.
 */
export function eventResponse({ event, link }: Shown, structuredIds: boolean): Buffer {
  const recorded = event === undefined ? undefined : recordedEvent(event, structuredIds);
  const followed = link === undefined ? undefined : recordedEvent(link, structuredIds);
  const readEvent = new Message((recorded?.length ?? 0) + (followed?.length ?? 0) + 48);
  if (recorded !== undefined) readEvent.bytes(1, recorded);
  if (followed !== undefined) readEvent.bytes(2, followed);
  return nested(1, readEvent.uint(3, (link ?? event)?.position ?? 0n).end());
}

export const confirmationResponse = (subscriptionId: string): Buffer =>
  nested(2, new Message(64).bytes(1, Buffer.from(subscriptionId)).end());

export const checkpointResponse = (position: bigint): Buffer =>
  nested(3, new Message(32).uint(1, position).uint(2, position).end());

export function streamNotFoundResponse(stream: string): Buffer {
  const identifier = streamIdentifier(Buffer.from(stream));
  return nested(4, new Message(identifier.length + 16).bytes(1, identifier).end());
}

export const caughtUpResponse = (): Buffer => nested(8, Buffer.alloc(0));

const nested = (field: number, content: Buffer): Buffer =>
  new Message(content.length + 16).bytes(field, content).end();

const streamIdentifier = (name: Buffer): Buffer => new Message(name.length + 16).bytes(3, name).end();

function recordedEvent(event: RecordedEvent, structuredIds: boolean): Buffer {
  const stream = streamOf(event.stream);
  const type = typeOf(event.type);
  const contentType = event.isJson ? JSON_CONTENT : OCTET_CONTENT;
  const size = 200 + stream.length + type.length + contentType.length;
  const message = new Message(size + event.data.length + event.metadata.length);
  if (structuredIds) message.bytes(1, structuredId(event.id));
  else message.nested(1, 2, event.id);
  return message
    .bytes(2, stream)
    .uint(3, event.revision)
    .uint(4, event.position)
    .uint(5, event.position)
    .bytes(6, type)
    .bytes(6, property(CREATED, Buffer.from(`${event.created}0000`)))
    .bytes(6, contentType)
    .bytes(7, event.metadata)
    .bytes(8, event.data)
    .end();
}

/** Most events are of the stream, and many of the type, of the event before. */
function remembering(encode: (text: string) => Buffer): (text: string) => Buffer {
  let [last, encoded] = ['', encode('')];
  return (text) => {
    if (text !== last) [last, encoded] = [text, encode(text)];
    return encoded;
  };
}

function structuredId(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  const halves = new Message(32)
    .uint(1, BigInt.asUintN(64, bytes.readBigInt64BE(0)))
    .uint(2, BigInt.asUintN(64, bytes.readBigInt64BE(8)))
    .end();
  return nested(1, halves);
}

/** A protobuf message that is being written, in a buffer that is large enough from the start. */
class Message {
  private readonly buffer: Buffer;
  private length = 0;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  bytes(field: number, value: Uint8Array): this {
    this.buffer[this.length++] = (field << 3) | 2;
    this.varint(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** A message of one field, of ASCII text shorter than 126 characters. */
  nested(field: number, inner: number, text: string): this {
    this.buffer[this.length++] = (field << 3) | 2;
    this.buffer[this.length++] = text.length + 2;
    this.buffer[this.length++] = (inner << 3) | 2;
    this.buffer[this.length++] = text.length;
    this.length += this.buffer.write(text, this.length, 'latin1');
    return this;
  }

  uint(field: number, value: bigint): this {
    this.buffer[this.length++] = field << 3;
    if (value <= Number.MAX_SAFE_INTEGER) this.varint(Number(value));
    else this.bigVarint(value);
    return this;
  }

  end(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.buffer[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  private bigVarint(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.buffer[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }
}

const property = (key: Buffer, value: Buffer): Buffer =>
  new Message(key.length + value.length + 16).bytes(1, key).bytes(2, value).end();

const TYPE = Buffer.from('type');
const CREATED = Buffer.from('created');
const JSON_CONTENT = property(Buffer.from('content-type'), Buffer.from('application/json'));
const OCTET_CONTENT = property(Buffer.from('content-type'), Buffer.from('application/octet-stream'));
const streamOf = remembering((name) => streamIdentifier(Buffer.from(name)));
const typeOf = remembering((type) => property(TYPE, Buffer.from(type)));
