import { hash } from 'node:crypto';
import type { ConcertEvent } from './events/events.js';

/** The namespace of every id that onsale derives: the UUIDv5 of `https://github.com/onsale` in the namespace of URLs. */
const ONSALE = Buffer.from('8a5402f951445b7baec149f8fceab357', 'hex');

/** A UUID of version 5 (RFC 9562). */
const derive = (name: string): string => toUuid(digestOf(name), 5);

const digestOf = (name: string): string =>
  hash('sha1', Buffer.concat([ONSALE, Buffer.from(name)]), 'hex').slice(0, 32);

function toUuid(hex: string, version: 5 | 8): string {
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20)}`;
}

/** The id of the purchase that `idempotencyKey` names at a concert: the same for every repeat of the request. */
export const purchaseIdOf = (concertId: string, idempotencyKey: string): string =>
  derive(`purchase/${concertId}/${idempotencyKey}`);

/** The id of the concert that `idempotencyKey` schedules. */
export const concertIdOf = (idempotencyKey: string): string => derive(`concert/${idempotencyKey}`);

/** An event and the id to store it under. */
export interface IdentifiedEvent {
  readonly id: string;
  readonly event: ConcertEvent;
}

/** The events of one append, and what their ids derive from. */
export interface Batch {
  /** Identifies the decision: a new id each time a command is decided. */
  readonly decisionId: string;
  readonly concertId: string;
  /** The revision of the state that the events were decided on; -1n before the first event. */
  readonly base: bigint;
  readonly events: readonly ConcertEvent[];
}

/**
 * The events of a batch, in order, each with its id. The event store treats an append as a retry when its ids are already in
 * the stream, whatever the events contain. So every id derives from the whole batch and its decision: the same batch has the
 * same ids each time it is sent, and no other batch, no part of this one and no other decision has any of them.
 *
 * The ids are UUIDs of version 8 (RFC 9562): one hash for the batch, and the index of the event in the last 16 bits.
 */
export function withIds({ decisionId, concertId, base, events }: Batch): readonly IdentifiedEvent[] {
  const batch = digestOf(`batch/${decisionId}/${concertId}/${base}/${JSON.stringify(events)}`).slice(0, -4);
  return events.map((event, place) => ({
    id: toUuid(batch + place.toString(16).padStart(4, '0'), 8),
    event,
  }));
}
