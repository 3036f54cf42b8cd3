import { randomUUID } from 'node:crypto';
import { writeEntry } from '../../src/commands/queue/entry-message.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import { concertTerms, type WriteSide, type WriteSideOptions } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { request, writeSides } from './support.js';

/** Opens a write side in mode `queue` with one concert on sale; closed when the file's tests are done. */
export function queueSales() {
  const writeSide = writeSides();
  return async (capacity: number, more: Partial<WriteSideOptions> = {}) => {
    const namespace = uniqueNamespace();
    const side = await writeSide({ namespace, purchaseMode: 'queue', ...more });
    return { side, namespace, concertId: await schedule(side, capacity) };
  };
}

export async function schedule(side: WriteSide, capacity: number): Promise<string> {
  const concertId = randomUUID();
  const scheduled = await side.commands.schedule(concertTerms(concertId, { capacity, vipSeats: 0 }));
  if (scheduled.kind !== 'done') throw new Error(`not scheduled: ${scheduled.kind}`);
  return concertId;
}

/** Keeps anybody from draining the queue, until the function it returns is called. */
export async function holdUp(side: WriteSide, concertId: string): Promise<() => Promise<void>> {
  const locked = await side.lock.acquire(concertId, 10_000);
  if (locked.kind !== 'held') throw new Error('the lock was not acquired');
  return () => locked.lock.release();
}

/** Appends an event that no version knows: from here on nobody can decide anything for this concert. */
export async function makeUnreadable(side: WriteSide, concertId: string): Promise<void> {
  const { revision } = await side.fold(concertId);
  const foreign = { id: randomUUID(), type: 'TicketsGivenAway', data: {}, metadata: { schemaVersion: 1 } };
  const appended = await side.store.append(concertId, revision, [foreign]);
  if (appended.kind !== 'appended') throw new Error(`not appended: ${appended.kind}`);
}

/** How many are in line. */
export const inLine = (side: WriteSide, concertId: string): Promise<number> =>
  side.redis.primary.xlen(queueKeys(side.redis.prefix, concertId).entries);

/** As a process leaves it that dies after its 202: in line, and nobody waiting for it. */
export async function leaveInLine(side: WriteSide, concertId: string, customer: string): Promise<string> {
  const gone = request(concertId, customer);
  const purchaseId = purchaseIdOf(concertId, gone.idempotencyKey);
  const entry = { purchaseId, token: 'nobody', entry: writeEntry(gone, true), withinMs: null };
  await side.queue.join(concertId, [entry], 10);
  return purchaseId;
}
