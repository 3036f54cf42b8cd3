/** The Redis keys of one concert's arrival queue. Nothing else names them. */
export interface QueueKeys {
  /** String: the owner's token, which begins with the process, until its lease ends. */
  readonly owner: string;
  /** String: present while the owner has found the queue empty and waits for a call. */
  readonly asleep: string;
  /** String: the process that is to own the concert next, for a moment, while an owner's lease runs out or nobody owns it. */
  readonly next: string;
  /** Stream: the queued purchases, in order of arrival. */
  readonly entries: string;
  /** Hash: purchase id → id of its latest entry in the queue. Expires with `entries`. */
  readonly places: string;
  /** Hash: purchase id → outcome that is not in the log, for later queries. */
  readonly outcomes: string;
  /** Sorted set: purchase ids in `outcomes` by the time they were kept. */
  readonly keptAt: string;
  /** Set, one for all concerts: the ids of concerts with queued purchases. */
  readonly concerts: string;
  /** List, one for all concerts: entries that could not be read. */
  readonly setAside: string;
}

export function queueKeys(prefix: string, concertId: string): QueueKeys {
  return {
    owner: `${prefix}queue-owner:${concertId}`,
    asleep: `${prefix}queue-asleep:${concertId}`,
    next: `${prefix}queue-next:${concertId}`,
    entries: `${prefix}queue-entries:${concertId}`,
    places: `${prefix}queue-places:${concertId}`,
    outcomes: `${prefix}queue-outcomes:${concertId}`,
    keptAt: `${prefix}queue-kept-at:${concertId}`,
    concerts: `${prefix}queue-concerts`,
    setAside: `${prefix}queue-set-aside`,
  };
}
