import { randomUUID } from 'node:crypto';
import { type JSONEventType, jsonEvent, type ResolvedEvent } from '@eventstore/db-client';

export type Noted = JSONEventType<'Noted', { number: number }>;

/** Events numbered from `first` on, each with an id of its own. */
export const noted = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) =>
    jsonEvent<Noted>({ id: randomUUID(), type: 'Noted', data: { number: first + index } }),
  );

export const newStream = (prefix = 'stream') => `${prefix}-${randomUUID()}`;

export async function collect<T>(source: AsyncIterable<T>, count = Number.POSITIVE_INFINITY): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

/** All but the server's own events. */
export async function* ofUsers<T extends ResolvedEvent>(source: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of source) if (!item.event?.streamId.startsWith('$')) yield item;
}

export const revisionsOf = (events: readonly ResolvedEvent[]) => events.map(({ event }) => event?.revision);

export const idsOf = (events: readonly ResolvedEvent[]) => events.map(({ event }) => event?.id);

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`Not rejected, but ${JSON.stringify(value)}`);
    },
    (reason) => reason,
  );
}
