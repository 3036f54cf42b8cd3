import { installationNames } from '../installation/names.js';

/** Streams are named `concert-<id>`, or `<namespace>_concert-<id>` so that installations can share a server. */
export interface StreamNames {
  readonly prefix: string;
  /** The stream that holds the log's id; it does not begin with the prefix. */
  readonly log: string;
  of(concertId: string): string;
  concertIdOf(streamName: string): string;
}

/** @throws {TypeError} when the name is not valid for an installation */
export function streamNames(namespace: string): StreamNames {
  const { concertStreamPrefix: prefix, logStream: log } = installationNames(namespace);
  return {
    prefix,
    log,
    of: (concertId) => prefix + concertId,
    concertIdOf: (streamName) => streamName.slice(prefix.length),
  };
}
