import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { openDatabase } from '../../src/postgres/database.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { builtFile } from '../built-file.js';
import { authorization, type Credentials } from '../load/credentials.js';
import type { TimedObservation } from '../load/protocol.js';
import type { Servers } from '../servers.js';
import type { Verdict } from './defects.js';
import { judgeLog } from './judge-log.js';
import { writeLapsingHolds } from './lapsing-holds.js';
import type { Sale, System, Terms } from './system.js';
import { untilEnded } from './until-ended.js';

const main = builtFile('src/cli/main.js');
/** How long the read models may take to catch up with the log, and the stock cache to be right (I11). */
const readModelsMs = 60_000;
const stockCacheMs = 5_000;

export interface ServiceOptions {
  readonly mode: PurchaseMode;
  /** 1: one process answers and projects. More: so many answer, one more projects. */
  readonly processes: number;
  readonly namespace: string;
  /** Environment variables, in place of those set here. */
  readonly variables: Readonly<Record<string, string>>;
  readonly credentials: Credentials | undefined;
}

/** Starts the service as its users do: processes of its own, configured by environment variables. */
export async function startService(servers: Servers, options: ServiceOptions): Promise<System> {
  const { mode, processes, namespace, variables, credentials } = options;
  const workers = processes === 1 ? [] : ['--workers', String(processes)];
  const profiling = process.execArgv.filter((arg) => arg.startsWith('--cpu-prof'));
  const child = spawn(process.execPath, [...profiling, main, 'serve', ...workers], {
    env: {
      ...process.env,
      ...variablesOf(servers),
      PORT: '0',
      // No request is in flight when a scenario stops its service.
      STOP_GRACE_MS: '500',
      LOG_LEVEL: 'error',
      NAMESPACE: namespace,
      PURCHASE_MODE: mode,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The service ends with this process, whatever ends it.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const url = await saidUrl(child.stdout);
  const checks = await openChecks(servers, namespace);
  return {
    name: mode,
    processes,
    url,
    pid: child.pid ?? 0,
    ...(credentials === undefined ? {} : { credentials }),
    schedule: (terms) => schedule(url, terms, checks, credentials),
    async scheduleLapsing(terms, from) {
      const concertId = await writeLapsingHolds(checks.store, terms, from);
      return saleOf(checks, concertId, terms.capacity, 'purchases');
    },
    async stop() {
      await checks.close();
      child.kill('SIGTERM');
      await untilEnded(child);
      process.off('exit', kill);
    },
  };
}

const variablesOf = ({ eventStoreUrl, redisUrl, databaseUrl }: Servers) => ({
  EVENTSTORE_URL: eventStoreUrl,
  REDIS_URL: redisUrl,
  DATABASE_URL: databaseUrl,
});

async function saidUrl(output: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: output });
  for await (const line of lines) {
    const url = /listens on (http\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('The service ended before it listened.');
}

async function schedule(
  url: string,
  terms: Terms,
  checks: Checks,
  credentials: Credentials | undefined,
): Promise<Sale> {
  const operator =
    credentials === undefined ? {} : { authorization: authorization(credentials, 'bench', ['operator']) };
  const answer = await request(`${url}/concerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...operator },
    body: JSON.stringify({ name: 'Measured', ...terms }),
  });
  if (answer.statusCode !== 201) throw new Error(`scheduling: ${await answer.body.text()}`);
  const { concertId } = (await answer.body.json()) as { concertId: string };
  return saleOf(checks, concertId, terms.capacity, terms.holdSeconds === undefined ? 'purchases' : 'holds');
}

const saleOf = (checks: Checks, concertId: string, capacity: number, sells: 'purchases' | 'holds'): Sale => ({
  path: `/concerts/${concertId}/${sells}`,
  judge: (observations) => judge(checks, concertId, capacity, observations),
});

type Checks = Awaited<ReturnType<typeof openChecks>>;

/** The checks read log, read models and cache by themselves; they do not ask the service. */
async function openChecks({ eventStoreUrl, redisUrl, databaseUrl }: Servers, namespace: string) {
  const report = (error: unknown) => process.stderr.write(`checking: ${String(error)}\n`);
  const store = new EventStore({
    connectionString: eventStoreUrl,
    namespace,
    append: { attemptMs: 2_000, totalMs: 10_000 },
    readPatienceMs: 10_000,
  });
  const database = openDatabase({ url: databaseUrl, namespace, poolSize: 2, onError: report });
  const redis = connectRedis({
    urls: redisUrl.split(','),
    namespace,
    commandTimeoutMs: 2_000,
    onError: () => {}, // A lost Redis shows in what is checked.
  });
  await settled(redis);
  return {
    store,
    database,
    readModels: new ReadModels(database, report),
    stock: new StockCache(redis),
    async close() {
      await store.close();
      await database.close();
      disconnectRedis(redis);
    },
  };
}

async function judge(
  checks: Checks,
  concertId: string,
  capacity: number,
  observations: readonly TimedObservation[],
): Promise<Verdict> {
  const { revision, live, held, ...verdict } = await judgeLog(checks.store, concertId, observations);
  const broken = [...verdict.broken];
  for (const model of ['concerts', 'tickets'] as const) {
    if (!(await checks.readModels.waitFor(concertId, revision, readModelsMs, model)))
      broken.push(`I10: the read model ${model} did not get to revision ${revision}`);
  }
  const { rows } = await checks.database.kysely
    .selectFrom('tickets')
    .select(({ fn }) => fn.countAll<bigint>().as('live'))
    .where('concert_id', '=', concertId)
    .where('released_at', 'is', null)
    .execute()
    .then(([row]) => ({ rows: row?.live ?? 0n }));
  if (rows !== BigInt(live)) broken.push(`I10: the read model has ${rows} live tickets, the log ${live}`);
  const cached = await cachedStock(checks, concertId, revision);
  const left = capacity - live - held;
  if (cached !== left) broken.push(`I11: the stock cache says ${cached}, not ${left}`);
  return { ...verdict, broken };
}

/** The stock in the cache once it has caught up, or after five seconds (I11). A Redis that is coming back does not answer yet. */
async function cachedStock({ stock }: Checks, concertId: string, revision: bigint): Promise<number | null> {
  const end = performance.now() + stockCacheMs;
  for (;;) {
    const found = await stock.get(concertId).catch(() => null);
    if ((found !== null && found.revision >= revision) || performance.now() >= end)
      return found?.remaining ?? null;
    await delay(20);
  }
}
