/** The event store gave no usable answer in time. Reads may be retried; the outcome of an append is unknown. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}

/** The log has an event that this version cannot read, so no decision on it is safe. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}
