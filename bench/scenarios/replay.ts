import { EventStore } from '../../src/event-store/event-store.js';
import { type Database, openDatabase } from '../../src/postgres/database.js';
import { projections } from '../../src/projections/models/index.js';
import type { RebuildProgress } from '../../src/projections/rebuild/advance-builds.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { migrate } from '../../src/projections/schema/migrations.js';
import { type Bench, newNamespace } from '../bench.js';
import { spreadOf } from '../measure/spread.js';
import { perAccepted, putOnSale } from './baselines.js';
import { copySeconds } from './copy.js';
import { writeLog } from './replay-log.js';

const names = projections.map(({ name }) => name);
const tables = projections.flatMap((projection) => projection.tables);

const parts = 5;

/**
 * Rebuilds the read models from a long log, and compares the rate with COPY of the same rows and with live sales. It is one
 * rebuild, whose rate is taken in five parts, since a whole one takes too long to be repeated.
 */
export async function replay(bench: Bench): Promise<void> {
  const { events } = bench.plan.replay;
  const { store, database, close } = openLog(bench);
  await migrate(database);
  await writeLog(store, events);
  const batch = await putOnSale(bench, await bench.startService('batch', 1));
  const sell = async () => {
    const wanted = { kind: 'closed', inFlight: 64, durationMs: bench.plan.sliceMs, buyers: null } as const;
    batch.slices.push(await bench.slice(batch.system, [batch.sale], wanted));
  };
  while (batch.slices.length < 2) await sell();
  const rates = await rebuildRates(database, store, events);
  while (batch.slices.length < parts) await sell();
  const copyRates = [];
  while (copyRates.length < parts) copyRates.push(events / (await copySeconds(database, tables)));

  const live = spreadOf(batch.slices.map((slice) => perAccepted(slice).rate)).median;
  const copy = spreadOf(copyRates).median;
  bench.ratio(
    'rebuild/copy',
    rates.map((rate) => rate / copy),
  );
  bench.ratio(
    'rebuild/live',
    rates.map((rate) => rate / live),
  );
  const { median } = spreadOf(rates);
  const details = { events, rebuiltPerSecond: Math.round(median), copiedPerSecond: Math.round(copy) };
  await bench.file(batch.system, { scenario: 'replay', inFlight: 64, details }, batch.slices, [batch.sale]);
  await batch.system.stop();
  await close();
}

/** Events per second of one rebuild, in each fifth of the log. */
async function rebuildRates(database: Database, store: EventStore, events: number): Promise<number[]> {
  const marks = [{ events: 0, at: performance.now() }];
  const onProgress = (progress: RebuildProgress) => {
    if (progress.events >= (marks.length * events) / parts)
      marks.push({ events: progress.events, at: performance.now() });
  };
  const result = await rebuild({ database, store, names, onProgress });
  if (result.kind !== 'done' || result.events !== events) {
    throw new Error(`the rebuild is ${result.kind} after ${result.events} of ${events} events`);
  }
  return marks.slice(1).map((mark, index) => {
    const before = marks[index] ?? mark;
    return (mark.events - before.events) / ((mark.at - before.at) / 1_000);
  });
}

function openLog({ servers: { eventStoreUrl, databaseUrl } }: Bench) {
  const namespace = newNamespace();
  const store = new EventStore({
    connectionString: eventStoreUrl,
    namespace,
    append: { attemptMs: 10_000, totalMs: 30_000 },
    readPatienceMs: 10_000,
  });
  const onError = (error: unknown) => process.stderr.write(`replay: ${String(error)}\n`);
  const database = openDatabase({ url: databaseUrl, namespace, poolSize: 3, onError });
  return {
    store,
    database,
    async close() {
      await store.close();
      await database.close();
    },
  };
}
