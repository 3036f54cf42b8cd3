import type shared from '@eventstore/db-client/generated/shared_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, ProposedEvent } from '../log/model.js';
import { invalidArgument, requiredMetadataPropertyMissing, unknown } from './errors.js';

/** The most data that one append may carry, in bytes. As in a real server, only the events' data counts. */
export const MAX_APPEND_BYTES = 1024 * 1024;

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const EMPTY_UUID = '00000000-0000-0000-0000-000000000000';

/** The most that one append may carry beside its data, in bytes, so that it fits in memory. Clients send far less. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;

/** The longest stream name, its bytes in UTF-8: Postgres keeps no longer ones in an index. */
const MAX_NAME_BYTES = 2_048;

type ProposedMessage = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

/** @throws GrpcError where a real server would refuse the event too */
export function proposedEvent(message: ProposedMessage): ProposedEvent {
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (type === undefined) throw requiredMetadataPropertyMissing('type');
  if (contentType === undefined) throw requiredMetadataPropertyMissing('content-type');
  if (type === '') throw unknown('Empty eventType provided.');
  const id = uuid(message.getId());
  if (id === EMPTY_UUID) throw unknown('Empty eventId provided.');
  return {
    id,
    type: storable(type),
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** A UUID of either form, in lower case. */
export function uuid(message: shared.UUID | undefined): string {
  const id = message?.hasStructured()
    ? structured(message.getStructured())
    : message?.getString().toLowerCase();
  if (id === undefined || !UUID.test(id)) throw invalidArgument(`'${id}' is not a UUID`);
  return id;
}

function structured(message: shared.UUID.Structured | undefined): string {
  const half = (bits: string | undefined) =>
    BigInt.asUintN(64, BigInt(bits ?? 0))
      .toString(16)
      .padStart(16, '0');
  const hex = half(message?.getMostSignificantBits()) + half(message?.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @throws GrpcError for a name that a stream cannot have */
export function streamName(identifier: shared.StreamIdentifier | undefined): string {
  const bytes = identifier?.getStreamName_asU8() ?? [];
  if (bytes.length > MAX_NAME_BYTES)
    throw invalidArgument(`A stream name has at most ${MAX_NAME_BYTES} bytes here, not ${bytes.length}`);
  const name = Buffer.from(bytes).toString();
  if (name === '' || name === '$$') throw invalidArgument(`'${name}' is not a stream name`);
  return storable(name);
}

/** Postgres stores no NUL in text. A real server does: here the stand-in is narrower. */
function storable(text: string): string {
  if (text.includes('\0')) throw invalidArgument('U+0000 can be in no stream name or event type here');
  return text;
}

/** A revision as sent; undefined for the largest number, by which older clients mean "none" or "the end". */
export function revision(text: string): bigint | undefined {
  const value = BigInt(text);
  if (value === MAX_UINT64) return undefined;
  if (value > MAX_INT64) throw unknown(`${text} is out of range`);
  return value;
}

type RevisionOptions = streams.AppendReq.Options | streams.DeleteReq.Options | streams.TombstoneReq.Options;

export function expectedOf(options: RevisionOptions): Expected {
  if (options.hasRevision()) return revision(options.getRevision()) ?? 'no-stream';
  return openForm(options);
}

export function expectedOfBatch(options: streams.BatchAppendReq.Options): Expected {
  if (options.hasStreamPosition()) return revision(options.getStreamPosition()) ?? 'no-stream';
  return openForm(options);
}

function openForm(options: RevisionOptions | streams.BatchAppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  throw invalidArgument('The expected stream revision is missing');
}

/** Adds up the size of one append. */
export class AppendSize {
  private data = 0;
  private metadata = 0;

  /** Returns false when this event makes the append too large. */
  add(event: ProposedEvent): boolean {
    this.data += event.data.length;
    this.metadata += event.metadata.length;
    return this.data <= MAX_APPEND_BYTES && this.metadata <= MAX_METADATA_BYTES;
  }
}

/**
 * Where in the log a read or subscription begins: 0 for its start. An event has one position, its commit and
 * its prepare position alike.
 */
export function positionOf(options: streams.ReadReq.Options.AllOptions | undefined): bigint | 'end' {
  if (options?.hasStart()) return 0n;
  const position = options?.getPosition();
  const commit = position && revision(position.getCommitPosition());
  if (commit === undefined) return 'end';
  const prepare = position && revision(position.getPreparePosition());
  if (prepare === undefined || commit < prepare)
    throw unknown('The commit position cannot be less than the prepare position');
  return commit;
}
