import utils from '@eventstore/db-client/dist/utils/convertGrpcEvent.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../fuzz/any-text.js';
import { readResponse } from '../../src/event-store/client-guards/quick-reads.js';

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const json = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)));
const bytes = fc.uint8Array({ maxLength: 300 });

const events = fc.record({
  id: fc.uuid(),
  structured: fc.boolean(),
  stream: anyText({ minLength: 1, maxLength: 200 }),
  revision: uint64,
  prepare: uint64,
  commit: uint64,
  readCommit: fc.option(uint64),
  linked: fc.boolean(),
  properties: fc.dictionary(fc.constantFrom('type', 'content-type', 'other'), fc.string()),
  isJson: fc.boolean(),
  created: fc.bigInt({ min: 0n, max: 2n ** 54n }),
  metadata: fc.oneof(json, bytes),
  data: fc.oneof(json, bytes),
});

type Event = typeof events extends fc.Arbitrary<infer T> ? T : never;

function recordOf(event: Event): streams.ReadResp.ReadEvent.RecordedEvent {
  const record = new streams.ReadResp.ReadEvent.RecordedEvent();
  const id = new shared.UUID();
  if (event.structured) {
    const halves = new shared.UUID.Structured();
    halves.setMostSignificantBits('16384');
    halves.setLeastSignificantBits('-9223372036854775808');
    id.setStructured(halves);
  } else id.setString(event.id);
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(event.stream));
  record.setId(id);
  record.setStreamIdentifier(identifier);
  record.setStreamRevision(String(event.revision));
  record.setPreparePosition(String(event.prepare));
  record.setCommitPosition(String(event.commit));
  record.setCustomMetadata(event.metadata);
  record.setData(event.data);
  const properties = record.getMetadataMap();
  for (const [key, value] of Object.entries(event.properties)) properties.set(key, value);
  properties.set('created', String(event.created));
  if (event.isJson) properties.set('content-type', 'application/json');
  return record;
}

function messageOf(event: Event): Uint8Array {
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(recordOf(event));
  if (event.linked) read.setLink(recordOf(event));
  if (event.readCommit === null) read.setNoPosition(new shared.Empty());
  else read.setCommitPosition(String(event.readCommit));
  const response = new streams.ReadResp();
  response.setEvent(read);
  return response.serializeBinary();
}

/** The library's own way from a response to what its callers get. */
const convert = (response: unknown) =>
  utils.convertGrpcEvent((response as streams.ReadResp).getEvent() as streams.ReadResp.ReadEvent);

test('an event read quickly is the event that the generated classes read', () => {
  fc.assert(
    fc.property(events, (event) => {
      const message = messageOf(event);
      const quickly = convert(readResponse(Buffer.from(message)));
      const generated = convert(streams.ReadResp.deserializeBinary(message));
      expect(JSON.stringify(quickly, bigints)).toBe(JSON.stringify(generated, bigints));
      expect(quickly.event?.created).toEqual(generated.event?.created);
    }),
    { numRuns: 100 },
  );
});

const bigints = (_: string, value: unknown) => {
  if (typeof value === 'bigint') return `${value}n`;
  const isBytes = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBytes && 'data' in value ? Object.assign({}, value.data) : value;
};

test('what is no event comes as the generated classes have it', () => {
  const response = new streams.ReadResp();
  const checkpoint = new streams.ReadResp.Checkpoint();
  checkpoint.setCommitPosition('18446744073709551615');
  response.setCheckpoint(checkpoint);
  const read = readResponse(Buffer.from(response.serializeBinary()));
  expect(read).toBeInstanceOf(streams.ReadResp);
  expect((read as streams.ReadResp).getCheckpoint()?.getCommitPosition()).toBe('18446744073709551615');
});

test.each([
  ['a number', [0, 1]],
  ['eight bytes', [1, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['text', [2, 1, 97]],
  ['four bytes', [5, 1, 2, 3, 4]],
])('a new field of an event, %s, is left to the generated classes', (_, [wireType = 0, ...value]) => {
  const field = [(15 << 3) | wireType, ...value];
  const recorded = Buffer.from(recordOf(example).serializeBinary());
  const inside = (message: Uint8Array) => Buffer.from([0x0a, ...varint(message.length), ...message]);
  const response = inside(inside(Buffer.concat([recorded, Buffer.from(field)])));
  const read = readResponse(response);
  expect(read).toBeInstanceOf(streams.ReadResp);
  expect(convert(read).event?.id).toBe(example.id);
});

const example: Event = {
  id: '0f9f3b5e-3b0c-4b44-9f5a-3a6a0b6a1c2d',
  structured: false,
  stream: 'concert-rock',
  revision: 1n,
  prepare: 2n,
  commit: 2n,
  readCommit: null,
  linked: false,
  properties: { type: 'TicketReserved' },
  isJson: true,
  created: 17_000_000_000_000_000n,
  metadata: Buffer.from('{}'),
  data: Buffer.from('{}'),
};

const varint = (length: number): number[] =>
  length < 128 ? [length] : [(length & 127) | 128, ...varint(length >> 7)];

test('an event that is cut short is refused, not guessed', () => {
  fc.assert(
    fc.property(events, fc.nat(), (event, at) => {
      const message = Buffer.from(messageOf({ ...event, structured: false, linked: false }));
      const cut = message.subarray(0, 1 + (at % (message.length - 1)));
      expect(() => readResponse(cut)).toThrow();
    }),
  );
});
