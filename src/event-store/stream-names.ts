import { installationNames } from '../installation/names.js';

/** Streams are `concert-<id>`, behind a namespace `<namespace>_concert-<id>`, so that servers can be shared. */
export interface StreamNames {
  readonly prefix: string;
  /** The stream that tells which log this is; it does not begin with the prefix. */
  readonly log: string;
  of(concertId: string): string;
  concertIdOf(streamName: string): string;
}

/** @throws {TypeError} when an installation cannot be called so */
export function streamNames(namespace: string): StreamNames {
  const { concertStreamPrefix: prefix, logStream: log } = installationNames(namespace);
  return {
    prefix,
    log,
    of: (concertId) => prefix + concertId,
    concertIdOf: (streamName) => streamName.slice(prefix.length),
  };
}
