import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { unknown } from './errors.js';
import { revision } from './messages.js';

/**
 * Where in the log a read or subscription begins: 0 for its start. An event has one position, its commit and
 * its prepare position alike.
 */
export function positionOf(options: streams.ReadReq.Options.AllOptions | undefined): bigint | 'end' {
  if (options?.hasStart()) return 0n;
  const position = options?.getPosition();
  if (position === undefined) return 'end';
  const commit = revision(position.getCommitPosition());
  const prepare = revision(position.getPreparePosition());
  if (commit === undefined) return 'end';
  if (prepare === undefined || commit < prepare)
    throw unknown('The commit position cannot be less than the prepare position');
  return commit;
}
