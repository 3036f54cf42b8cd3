import { setTimeout as delay } from 'node:timers/promises';
import type { OpenServers } from '../../src/cli/open-servers.js';
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
