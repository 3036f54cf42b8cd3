/**
 * Measures how fast a long log is rebuilt and audited, in how much memory, and the sales that go on meanwhile. The real deciders
 * make the log, which is appended directly; rates are compared with the purchases that mode `batch` accepts on the same servers.
 * Prints whether each aim was met, and exits with 1 when one was missed.
 */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { concertIdOf } from '../../src/domain/ids.js';
import { cpuSeconds } from '../event-store/cpu-time.js';
import { generateConcert } from './generate.js';
import { type Installation, openInstallation } from './installation.js';
import { runSale } from './sale.js';
import { type Watched, watch } from './watched.js';

const options = new Command('bench:replay')
  .option('--events <n>', 'length of the log', Number, 1_000_000)
  .option('--concerts <n>', 'concerts it is spread over', Number, 10)
  .option('--customers <n>', 'customers of a sale that is measured', Number, 4_000)
  .parse()
  .opts<{ events: number; concerts: number; customers: number }>();

const rebuildFactor = 5;
/** A million events in a minute. */
const auditedPerSecond = 1_000_000 / 60;
const mostMiB = 300;
const salesKept = 0.7;

const say = (line: string) => process.stdout.write(`${line}\n`);
const figure = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

let missed = 0;
const aim = (what: string, met: boolean) => {
  if (!met) missed += 1;
  say(`  ${met ? 'met' : 'missed'}: ${what}`);
};

say(`Node ${process.version}, ${availableParallelism()} cores, everything on the same machine`);
const installation = await openInstallation();
try {
  await measure(installation);
} finally {
  await installation.close();
}
process.exit(missed === 0 ? 0 : 1);

async function measure({ onsale, pids, ...rest }: Installation): Promise<void> {
  const { sources, commands, projected } = rest;
  const perConcert = Math.ceil(options.events / options.concerts);
  const concertIds: string[] = [];
  await timed('log written', options.events, async () => {
    for (let i = 0; i < options.concerts; i += 1) {
      concertIds.push(await generateConcert(sources.store, `bench ${i}`, { events: perConcert, left: 10 }));
    }
  });
  await timed('projected by the service', options.events, async () => {
    for (const concertId of concertIds) await projected(concertId);
  });
  let sales = 0;
  const sell = async (): Promise<number> => {
    const concertId = concertIdOf(`sale ${sales++}`);
    const before = performance.now();
    await runSale(commands, { concertId, capacity: options.customers * 2, customers: options.customers });
    const events = Number((await sources.store.readLast(concertId))?.revision ?? 0n);
    return (events / (performance.now() - before)) * 1_000;
  };
  await sell();
  const alone = await sell();
  say(`batch accepts ${figure(alone)} events/s alone`);

  const serverCpu = () => (cpuSeconds(pids.eventStore ?? 0) ?? 0) + (cpuSeconds(pids.postgres ?? 0) ?? 0);
  const run = async (what: string, ...args: string[]): Promise<Watched & { readonly rate: number }> => {
    const cpuBefore = serverCpu();
    const watched = await watch(onsale(...args));
    const { seconds, peakMiB, cpu } = watched;
    const servers = serverCpu() - cpuBefore;
    const rate = options.events / seconds;
    say(
      `${what}: ${figure(seconds, 1)} s, ${figure(rate)} events/s (${figure(rate / alone, 1)} × batch), ` +
        `peak ${peakMiB} MiB; CPU s: ${figure(cpu ?? Number.NaN, 1)} own, ${figure(servers, 1)} event store and Postgres`,
    );
    return { ...watched, rate };
  };
  const rebuilt = await run('rebuild of everything', 'projections', 'rebuild', '--all', '--json');
  aim(`a rebuild at ${rebuildFactor} times the rate of batch or more`, rebuilt.rate >= rebuildFactor * alone);
  aim(`a rebuild in ${mostMiB} MiB or less`, (rebuilt.peakMiB ?? 0) <= mostMiB);
  const audited = await run('audit of everything', 'audit', '--all', '--json');
  aim(`an audit of ${figure(auditedPerSecond)} events/s or more`, audited.rate >= auditedPerSecond);

  let rebuilding = true;
  const again = run('rebuild during sales', 'projections', 'rebuild', '--all', '--json').finally(() => {
    rebuilding = false;
  });
  const meanwhile: number[] = [];
  while (rebuilding) meanwhile.push(await sell());
  await again;
  const after = await sell();
  const median = meanwhile.sort((a, b) => a - b)[meanwhile.length >> 1] ?? Number.NaN;
  const ratio = median / ((alone + after) / 2);
  say(
    `batch accepts ${figure(median)} events/s during a rebuild, ${figure(after)} after it: ${figure(ratio, 2)}`,
  );
  aim(`${salesKept} of the sales or more during a rebuild`, ratio >= salesKept);
}

async function timed(what: string, events: number, work: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1_000;
  say(`${what}: ${figure(events)} events in ${figure(seconds, 1)} s, ${figure(events / seconds)}/s`);
}
