import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type handleUnaryCall, status } from '@grpc/grpc-js';
import { recordOf } from '../log/deletion.js';
import { type AppendOutcome, type Deletion, type Expected, StreamDeleted } from '../log/model.js';
import type { Writer } from '../log/writer.js';
import { asGrpcError, GrpcError, invalidArgument, unavailable } from './errors.js';
import { expectedOf, streamName } from './parse-request.js';

type Options = streams.DeleteReq.Options | streams.TombstoneReq.Options;

/** `Streams/Delete`: hides the events of a stream until the next append, which goes on after the last revision it had. */
export const deleteHandler =
  (writer: Writer): handleUnaryCall<streams.DeleteReq, streams.DeleteResp> =>
  ({ request }, reply) => {
    remove(request.getOptions(), 'soft', writer).then(
      (at) => reply(null, placed(new streams.DeleteResp(), new streams.DeleteResp.Position(), at)),
      (error) => reply(asGrpcError(error)),
    );
  };

/** `Streams/Tombstone`: deletes a stream for good. */
export const tombstoneHandler =
  (writer: Writer): handleUnaryCall<streams.TombstoneReq, streams.TombstoneResp> =>
  ({ request }, reply) => {
    remove(request.getOptions(), 'tombstone', writer).then(
      (at) => reply(null, placed(new streams.TombstoneResp(), new streams.TombstoneResp.Position(), at)),
      (error) => reply(asGrpcError(error)),
    );
  };

/** @returns the position of the record of the deletion */
async function remove(options: Options | undefined, deletion: Deletion, writer: Writer): Promise<bigint> {
  if (options === undefined) throw invalidArgument('A deletion has options');
  const stream = streamName(options.getStreamIdentifier());
  // EventStoreDB 23.10.8 ends over such a deletion.
  if (stream.startsWith('$$')) throw invalidArgument('Metadata of a stream is not deleted here');
  const expected = expectedOf(options);
  const request = { stream, expected, events: [recordOf(deletion)], deletion, abandoned: false };
  await writer.room();
  return positionOf(await writer.append(request), stream, expected);
}

function positionOf(outcome: AppendOutcome, stream: string, expected: Expected): bigint {
  if (outcome.kind === 'appended' && outcome.position !== undefined) return outcome.position;
  if (outcome.kind === 'stream-deleted') throw new StreamDeleted(stream);
  if (outcome.kind === 'wrong-expected-revision') throw wrongVersion(stream, expected, outcome.current);
  throw unavailable('The deletion was abandoned');
}

/** The numbers by which trailers tell the open forms. */
const NUMBERS = { 'no-stream': -1n, any: -2n, 'stream-exists': -4n };

function wrongVersion(stream: string, expected: Expected, current: bigint): GrpcError {
  const version = typeof expected === 'bigint' ? expected : NUMBERS[expected];
  const details =
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, ` +
    `Expected version: ${version}, Actual version: ${current}`;
  return new GrpcError(status.FAILED_PRECONDITION, details, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': String(version),
    'actual-version': String(current),
  });
}

interface Placed<At> {
  setPosition(at: At): this;
}
interface Place {
  setCommitPosition(position: string): this;
  setPreparePosition(position: string): this;
}

const placed = <At extends Place, Response extends Placed<At>>(
  response: Response,
  at: At,
  position: bigint,
) => response.setPosition(at.setCommitPosition(String(position)).setPreparePosition(String(position)));
