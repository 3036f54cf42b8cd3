import { setTimeout as delay } from 'node:timers/promises';
import type { OpenServers } from '../../src/cli/open-servers.js';
import { LogModel } from '../../src/domain/audit/log-model.js';
import { auditConcert, soundnessOf } from '../../src/replay/audit/audit.js';
import { eventLine } from '../../src/replay/transfer/log-lines.js';
import type { History } from '../crowd/history.js';
import { rowsRevision, stockRevision } from './recovery.js';

/** The log of a concert, as lines of a history. */
export async function logLines({ store }: OpenServers, concertId: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const page of store.read(concertId, 0n)) for (const event of page) lines.push(eventLine(event));
  return lines;
}

/** Nothing of a concert changes by time once nothing was appended for so long, in ms: holds and offers last 2 s, and expire up to 1 s later. */
const calmMs = 4_000;

/** Waits until no tickets of a concert are on hold, or until nothing ends the holds that there are: a clock may have jumped ahead. */
export async function untilNothingIsHeld({ store }: OpenServers, concertId: string): Promise<void> {
  const model = new LogModel();
  let next = 0n;
  let changedAt = performance.now();
  while (performance.now() - changedAt < calmMs) {
    for await (const page of store.read(concertId, next))
      for (const { revision, decoded } of page) {
        if (decoded.ok) model.add(decoded.event);
        next = revision + 1n;
        changedAt = performance.now();
      }
    if (model.onHold.total === 0) return;
    await delay(lookEveryMs);
  }
}

const catchUpMs = 10_000;
const lookEveryMs = 50;

/** Notes the stock and all rows of `tickets` of a concert that nobody buys of any more, once they have its last event. */
export async function noteViews(
  { store, redis, database }: OpenServers,
  concertId: string,
  history: History,
): Promise<void> {
  const end = (await store.readLast(concertId))?.revision ?? -1n;
  const deadline = performance.now() + catchUpMs;
  const isLate = () => performance.now() > deadline;
  while ((await rowsRevision(database, concertId)) < end && !isLate()) await delay(lookEveryMs);
  while (redis !== null && (await stockRevision(redis, concertId, history)) < end && !isLate())
    await delay(lookEveryMs);
  const revision = await rowsRevision(database, concertId);
  const rows = await database.kysely
    .selectFrom('tickets')
    .selectAll()
    .where('concert_id', '=', concertId)
    .execute();
  history.others.push({
    concertId,
    at: history.now(),
    revision: Number(revision < 0n ? 0n : revision),
    tickets: rows.map(({ number, seat, customer_id, purchase_id, released_at }) => ({
      number,
      seat,
      customerId: customer_id,
      purchaseId: purchase_id,
      status: released_at === null ? 'live' : 'released',
    })),
  });
}

/** What the audit of all read models, stock and snapshot finds wrong with a concert, in words. */
export async function auditInWords(
  { store, database, redis }: OpenServers,
  concertId: string,
): Promise<readonly string[]> {
  const audit = await auditConcert({ store, database, stock: redis?.stock ?? null }, concertId);
  if (audit === null) return ['the audit does not find the concert'];
  if (soundnessOf(audit) === 'sound') return [];
  return audit.findings
    .filter(({ verdict }) => verdict === 'violated' || verdict === 'unchecked')
    .map(
      ({ invariant, verdict, checked, examples }) =>
        `audit: ${invariant} ${verdict}: ${examples[0] ?? checked}`,
    );
}
