import type { Database } from '../../postgres/database.js';
import { noteLog, noteProblem } from '../../postgres/lease.js';
import { openLeaseSession } from '../../postgres/lease-session.js';
import { applyBatch } from '../apply/apply-batch.js';
import { loadCheckpoints, markCaughtUp, noteForeign } from '../apply/checkpoints.js';
import { ledgerIn } from '../apply/ledger/ledger.js';
import { loadExceptions } from '../apply/park.js';
import { toStock } from '../models/stock.js';
import type { ReadModelStore } from './read-model-store.js';

/** The read models in Postgres. */
export function postgresReadModels({ kysely, schema, url }: Database): ReadModelStore {
  const stock = () => kysely.selectFrom('stock').selectAll();
  return {
    name: schema,
    checkpoints: () => loadCheckpoints(kysely),
    exceptions: () => loadExceptions(kysely),
    ...ledgerIn(kysely),
    apply: (targets, batch, options) => applyBatch(kysely, targets, batch, options),
    markCaughtUp: (live) => markCaughtUp(kysely, live),
    noteForeign: (leaseEpoch, foreign) => noteForeign(kysely, leaseEpoch, foreign),
    noteLog: (leaseEpoch, logId) => noteLog(kysely, leaseEpoch, logId),
    noteProblem: (leaseEpoch, problem) => noteProblem(kysely, leaseEpoch, problem),
    async stocksOf(concertIds) {
      return new Map((await stock().where('concert_id', 'in', concertIds).execute()).map(toStock));
    },
    async stocksAfter(concertId, count) {
      const page = stock().where('concert_id', '>', concertId).orderBy('concert_id').limit(count);
      return new Map((await page.execute()).map(toStock));
    },
    openLease: () => openLeaseSession(url),
  };
}
