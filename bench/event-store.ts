/**
 * What the embedded event store does in a second, next to plain SQL that moves the same bytes in and out of
 * the same Postgres: multi-row INSERTs for appends, pages of SELECT for reads. Run `npm run build` first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import pg from 'pg';
import { startPostgres } from '../dev-servers/servers/postgres.js';
import { EventStore } from '../src/event-store/event-store.js';
import { cpuSeconds } from './event-store/cpu-time.js';
import { type Comparison, compare, keepInFlight, type Spread, type Work } from './event-store/slices.js';

const SLICES = 7;
const SLICE_MS = 1_500;
const READ_EVENTS = 20_000;
const READ_CONCERT = 'bench';
const MAIN = fileURLToPath(new URL('../programs/event-store.js', import.meta.url));

/** About what a ticket sale writes. */
const data = () => ({
  purchaseId: randomUUID(),
  customerId: randomUUID(),
  ticketNumber: 471,
  idempotencyKey: randomUUID(),
  arrivedAt: '2026-01-01T12:00:00.000Z',
  decidedAt: '2026-01-01T12:00:00.004Z',
});
const events = (count: number) =>
  Array.from({ length: count }, () => jsonEvent({ type: 'TicketReserved', data: data() }));

const folder = await mkdtemp(join(tmpdir(), 'event-store-bench-'));
const postgres = await startPostgres({ dataDir: folder });
const { child, connectionString } = await startServer(postgres.url);
const client = EventStoreDBClient.connectionString(connectionString);
const pool = new pg.Pool({ connectionString: postgres.url, max: 64 });
try {
  await pool.query(`CREATE TABLE plain (position bigserial PRIMARY KEY, event_id uuid NOT NULL,
    type text NOT NULL, data bytea NOT NULL)`);
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, Postgres and client on the same machine`,
  );
  console.log(`${SLICES} slices of ${SLICE_MS} ms each, in turn with plain SQL; median (quartiles)\n`);
  await show('appends of 100, 4 in flight', 'events', appends(100, 4), inserts(100, 4));
  await show('appends of 1, 64 in flight', 'events', appends(1, 64), inserts(1, 64));
  await client.appendToStream('first', events(1));
  const stream = await fill();
  await show('reads of one stream', 'events', reads(stream), selects());
  await show('the same as the service reads', 'events', serviceReads(), selects());
} finally {
  await client.dispose();
  await pool.end();
  child.kill('SIGTERM');
  await once(child, 'exit');
  await postgres.stop();
  await rm(folder, { recursive: true });
}

async function startServer(url: string): Promise<{ child: ChildProcess; connectionString: string }> {
  const args = [...process.execArgv.filter((arg) => arg.startsWith('--cpu-prof')), MAIN, '--port', '0'];
  const child = spawn(process.execPath, [...args, '--postgres', url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) return { child, connectionString: line };
  throw new Error('The event store did not start');
}

function appends(size: number, inFlight: number): Work {
  return (ms) => {
    const run = randomUUID();
    const revisions = Array.from({ length: inFlight }, () => -1n);
    return keepInFlight(inFlight, ms, async (writer) => {
      const revision = revisions[writer] ?? -1n;
      const { nextExpectedRevision } = await client.appendToStream(`bench-${run}-${writer}`, events(size), {
        expectedRevision: revision < 0n ? 'no_stream' : revision,
      });
      revisions[writer] = nextExpectedRevision;
      return size;
    });
  };
}

function inserts(size: number, inFlight: number): Work {
  const row = (index: number) => `($${index * 3 + 1}, $${index * 3 + 2}, $${index * 3 + 3})`;
  const text = `INSERT INTO plain (event_id, type, data) VALUES ${Array.from({ length: size }, (_, i) => row(i))}`;
  return (ms) =>
    keepInFlight(inFlight, ms, async () => {
      const values = events(size).flatMap((event) => [
        event.id,
        event.type,
        Buffer.from(JSON.stringify(event.data)),
      ]);
      await pool.query({ name: `insert-${size}`, text, values });
      return size;
    });
}

async function fill(): Promise<string> {
  const stream = `concert-${READ_CONCERT}`;
  for (let written = 0; written < READ_EVENTS; written += 1_000)
    await client.appendToStream(stream, events(1_000));
  return stream;
}

function reads(stream: string): Work {
  return (ms) =>
    keepInFlight(1, ms, async () => {
      let count = 0;
      for await (const { event } of client.readStream(stream)) if (event !== undefined) count++;
      return count;
    });
}

/** Last of all: it changes how the library reads, in the whole process. */
function serviceReads(): Work {
  const append = { attemptMs: 10_000, totalMs: 30_000 };
  const store = new EventStore({ connectionString, namespace: '', append, readPatienceMs: 10_000 });
  return (ms) =>
    keepInFlight(1, ms, async () => {
      let count = 0;
      for await (const page of store.read(READ_CONCERT, 0n)) count += page.length;
      return count;
    });
}

function selects(): Work {
  const page =
    'SELECT position, event_id, type, data FROM plain WHERE position > $1 ORDER BY position LIMIT 500';
  return (ms) =>
    keepInFlight(1, ms, async () => {
      let count = 0;
      let after = '0';
      while (count < READ_EVENTS) {
        const { rows } = await pool.query<{ position: string; data: Buffer }>({
          name: 'page',
          text: page,
          values: [after],
        });
        for (const row of rows) {
          JSON.parse(row.data.toString());
          after = row.position;
        }
        count += rows.length;
      }
      return count;
    });
}

/** CPU time is of the measured work alone, in a run of its own. */
async function show(name: string, unit: string, work: Work, yardstick: Work): Promise<void> {
  const { rate, ratio }: Comparison = await compare(work, yardstick, SLICES, SLICE_MS);
  const before = cpuTimes();
  const units = await work(SLICE_MS);
  const after = cpuTimes();
  const perThousand = Object.entries(after).map(([part, seconds]) => {
    const used = seconds - (before[part] ?? 0);
    return `${part} ${((used / units) * 1_000_000).toFixed(0)}`;
  });
  console.log(`${name}: ${format(rate, 0)} ${unit}/s, ${format(ratio, 2)} × plain SQL`);
  console.log(`  CPU ms per 1,000 ${unit}: ${perThousand.join(', ')}`);
}

function cpuTimes(): Record<string, number> {
  const { user, system } = process.cpuUsage();
  const server = child.pid === undefined ? undefined : cpuSeconds(child.pid);
  const database = cpuSeconds(postgres.pid);
  return {
    client: (user + system) / 1_000_000,
    ...(server === undefined ? {} : { server }),
    ...(database === undefined ? {} : { Postgres: database }),
  };
}

function format({ median, low, high }: Spread, digits: number): string {
  const figure = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${figure(median)} (${figure(low)}–${figure(high)})`;
}
