/** Streams are `concert-<id>`, behind a namespace `<namespace>_concert-<id>`, so that servers can be shared. */
export interface StreamNames {
  readonly prefix: string;
  of(concertId: string): string;
  concertIdOf(streamName: string): string;
}

export function streamNames(namespace: string): StreamNames {
  const prefix = namespace === '' ? 'concert-' : `${namespace}_concert-`;
  return {
    prefix,
    of: (concertId) => prefix + concertId,
    concertIdOf: (streamName) => streamName.slice(prefix.length),
  };
}
