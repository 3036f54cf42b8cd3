import type { LeaseSession } from '../../src/postgres/lease.js';
import type { ReadModelStore } from '../../src/projections/live/read-model-store.js';
import type { Clock } from '../../src/waiting/clock.js';
import { within } from '../../src/waiting/within.js';
import type { Link } from '../world/link.js';
import type { ReadModelServer } from '../world/read-model-server.js';
import type { CachedStock } from '../world/redis-server.js';

/** As `src/postgres/lease-session.ts`. */
const queryTimeoutMs = 3_000;
/** A connection without any sign of life is given up after this time, in ms. */
const silenceMs = 10_000;

const nothingLeftOut = { parked: new Set<string>(), skipped: new Set<string>() };

/** The store of the read models in one process, over a simulated Postgres. */
export function simulatedReadModels(server: ReadModelServer, link: Link, clock: Clock): ReadModelStore {
  const call = <T>(kind: string, run: () => T, ms = silenceMs): Promise<T> =>
    within(ms, link.call(kind, run), () => Promise.reject(new Error('Postgres does not answer')), clock);
  const after = (from: string, count: number): ReadonlyMap<string, CachedStock> =>
    new Map([...server.stocks()].filter(([concertId]) => concertId > from).slice(0, count));
  return {
    name: 'simulated',
    checkpoints: () => call('checkpoints', () => server.checkpoints),
    exceptions: async () => () => nothingLeftOut,
    ledger: () => call('ledger', () => server.ledger.copy()),
    emptyLedger: (epoch) =>
      call('empty ledger', () => {
        if (server.ledger.epoch === epoch) server.ledger.empty();
      }),
    apply: (targets, batch, options) => call('apply', () => server.apply(targets, batch, options)),
    markCaughtUp: (live) =>
      call('caught up', () => {
        for (const { projection, epoch } of live)
          if (server.checkpoints.some((each) => each.projection === projection && each.epoch === epoch))
            server.change(projection, { caughtUp: true });
      }),
    noteForeign: (leaseEpoch, foreign) =>
      call('foreign', () => {
        if (!server.holdsLease(leaseEpoch)) return;
        for (const { projection } of server.checkpoints) {
          const problem = foreign.find((each) => each.projection === projection)?.problem ?? null;
          server.change(projection, { foreignLog: problem });
        }
      }),
    noteLog: (leaseEpoch, logId) => call('note', () => server.noteInLease(leaseEpoch, { logId })),
    noteProblem: (leaseEpoch, problem) => call('note', () => server.noteInLease(leaseEpoch, { problem })),
    stocksOf: (concertIds) =>
      call(
        'stocks',
        () => new Map([...server.stocks()].filter(([concertId]) => concertIds.includes(concertId))),
      ),
    stocksAfter: (concertId, count) => call('stocks', () => after(concertId, count)),
    openLease: () => openLease(server, link, call),
  };
}

async function openLease(
  server: ReadModelServer,
  link: Link,
  callWithin: <T>(kind: string, run: () => T, ms: number) => Promise<T>,
): Promise<LeaseSession> {
  let hasEnded = false;
  const call = <T>(kind: string, run: () => T): Promise<T> =>
    hasEnded ? Promise.reject(new Error('the session has ended')) : callWithin(kind, run, queryTimeoutMs);
  await call('connect', () => null);
  return {
    onLost: (listener) =>
      link.onCut(() => {
        if (!hasEnded) listener();
      }),
    take: (holder, logId, leaseMs) => call('take lease', () => server.takeLease(holder, logId, leaseMs)),
    holder: () => call('holder', () => ({ holder: server.lease.holder, logId: server.lease.logId })),
    renew: (epoch, leaseMs) => call('renew lease', () => server.renewLease(epoch, leaseMs)),
    free: async (epoch) => void (await call('free lease', () => server.renewLease(epoch, 0))),
    async end() {
      hasEnded = true;
    },
  };
}
