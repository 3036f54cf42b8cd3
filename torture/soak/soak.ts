import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { seededRandom } from '../../src/cli/demo/random.js';
import type { Cluster } from '../cluster/cluster.js';
import { Clusters, shippedService } from '../cluster/clusters.js';
import { startServers } from '../cluster/servers.js';
import { Crowd } from '../crowd/crowd.js';
import { History } from '../crowd/history.js';
import { customersOf, usualShape } from '../crowd/plan.js';
import { auditInWords, untilNothingIsHeld } from '../judging/evidence.js';
import { schedule, withHolds } from '../trial.js';
import { type Sample, type Slope, sampleOf, slopeOf } from './samples.js';

/** Concerts are sold for so long each, in ms. */
const roundMs = 15_000;
const sampleEveryMs = 1_000;
/** Part of the time after which memory is measured. */
const warmUp = 0.25;
/** Part of what the service can sell at most. */
const load = 0.6;
const calibrationMs = 6_000;
/** The bound on what a process keeps of sales, so that memory has an end within the time. */
const purchasesInMemory = 5_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

export interface SoakOptions {
  readonly minutes: number;
  readonly jsonFile: string | null;
}

/** Sells for a long time, with cancellations, rebuilds and restarts, and says what grows. @returns the exit code */
export async function soak({ minutes, jsonFile }: SoakOptions): Promise<number> {
  const servers = await startServers(say);
  const clusters = new Clusters(servers, shippedService);
  try {
    const variables = { MAX_PURCHASES_IN_MEMORY: String(purchasesInMemory) };
    const cluster = await clusters.as({ processes: 3, redisServers: 1, fakeClocks: false, variables });
    const most = await highestRate(cluster);
    const perSecond = Math.max(5, Math.round(load * most));
    say(`at most ${Math.round(most)} purchases/s; ${perSecond}/s are asked for, for ${minutes} minutes`);
    const soaking = new Soaking(cluster, perSecond);
    await soaking.run(minutes * 60_000);
    const report = soaking.report();
    if (jsonFile !== null)
      writeFileSync(jsonFile, `${JSON.stringify({ perSecond, minutes, ...report }, null, 2)}\n`);
    for (const line of report.lines) say(line);
    for (const problem of report.problems) say(`problem: ${problem}`);
    say(report.problems.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed');
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await clusters.discard();
    await servers.stop();
  }
}

/** Purchases per second, with as many customers in flight as each process takes well. */
async function highestRate(cluster: Cluster): Promise<number> {
  const concert = await schedule(cluster, 'batch', 100_000);
  const ends = performance.now() + calibrationMs;
  let sold = 0;
  const buyer = async (number: number) => {
    for (let i = 0; performance.now() < ends; i++) {
      const url = cluster.services[number % cluster.services.length]?.url;
      const answer = await request(`${url}/concerts/${concert}/purchases`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ customerId: `${number}-${i}`, quantity: 1 }),
      });
      await answer.body.dump();
      if (answer.statusCode === 201) sold++;
    }
  };
  await Promise.all(Array.from({ length: 48 }, (_, number) => buyer(number)));
  return (sold * 1_000) / calibrationMs;
}

class Soaking {
  readonly #samples = new Map<string, Sample[]>();
  readonly #lag: number[] = [];
  readonly #problems: string[] = [];
  readonly #startedAt = performance.now();
  #calls = 0;
  #sold = 0;
  #rebuilds = 0;
  #restarts = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly perSecond: number,
  ) {}

  async run(forMs: number): Promise<void> {
    const over = new AbortController();
    const sampling = this.#sampleUntil(over.signal);
    for (let round = 1; performance.now() - this.#startedAt < forMs; round++) {
      await Promise.all([this.#sell(round), this.#disturb(round)]);
    }
    over.abort();
    await sampling;
  }

  report() {
    const end = performance.now() - this.#startedAt;
    // The last process is restarted again and again.
    const lasting = [...this.#samples].filter(([name]) => name !== this.cluster.services.at(-1)?.name);
    const slopes = lasting.map(([name, samples]) => {
      const warm = samples.filter(({ atMs }) => atMs >= warmUp * end);
      const of = (value: (sample: Sample) => number) =>
        slopeOf(warm.map((sample) => [sample.atMs, value(sample)] as const));
      return {
        name,
        memory: of(({ memoryMiB }) => memoryMiB),
        files: of(({ files }) => files),
        connections: of(({ connections }) => connections),
      };
    });
    const lag = this.#lag.toSorted((a, b) => a - b);
    const lagAt = (share: number) =>
      lag[Math.min(lag.length - 1, Math.floor(share * lag.length))] ?? Number.NaN;
    return {
      calls: this.#calls,
      sold: this.#sold,
      rebuilds: this.#rebuilds,
      restarts: this.#restarts,
      slopes,
      eventLoopP99Ms: { median: lagAt(0.5), worst: lagAt(1) },
      problems: this.#problems,
      lines: [
        `${this.#calls} calls, ${this.#sold} purchases, ${this.#rebuilds} rebuilds, ${this.#restarts} restarts`,
        ...slopes.flatMap(({ name, memory, files, connections }) => [
          `${name}: memory ${inWords(memory, 'MiB')}`,
          `${name}: files ${inWords(files, '')}; connections ${inWords(connections, '')}`,
        ]),
        `event loop delay p99 of the processes: median ${lagAt(0.5).toFixed(0)} ms, worst ${lagAt(1).toFixed(0)} ms`,
      ],
    };
  }

  async #sell(round: number): Promise<void> {
    const { cluster } = this;
    const capacity = Math.ceil(this.perSecond * (roundMs / 1_000) * 0.6);
    const concerts = [
      await schedule(cluster, 'queue', capacity),
      await schedule(cluster, 'batch', capacity, { ...withHolds, capacity }),
    ];
    const history = new History();
    const random = seededRandom(round);
    const shape = { ...usualShape, perSecond: this.perSecond };
    const { services } = cluster;
    const crowd = new Crowd({ services, concerts, history, patienceMs: shape.patienceMs, random });
    const leaving = AbortSignal.timeout(roundMs);
    const sale = { concerts: 2, processes: services.length, holding: 1 };
    await crowd.come(customersOf(random, shape, sale), leaving);
    await crowd.settle(30_000);
    await crowd.close();
    for (const concert of concerts) await untilNothingIsHeld(cluster.direct, concert);
    for (const concert of concerts) this.#problems.push(...(await auditInWords(cluster.direct, concert)));
    this.#problems.push(...crowd.oddities);
    this.#calls += history.calls.length;
    this.#sold += history.purchases.filter(({ answer }) => answer.kind === 'accepted').length;
  }

  /** Every second round a rebuild, every third a restart of the last process. */
  async #disturb(round: number): Promise<void> {
    const { services } = this.cluster;
    await delay(roundMs / 3);
    if (round % 2 === 0) await this.#rebuild();
    if (round % 3 !== 0) return;
    await services.at(-1)?.stop();
    await services.at(-1)?.start();
    this.#restarts++;
  }

  async #rebuild(): Promise<void> {
    const [service] = this.cluster.services;
    const main = new URL('../../programs/onsale.js', import.meta.url).pathname;
    const { paths, variables } = service?.options ?? {};
    const child = spawn(process.execPath, [main, 'projections', 'rebuild', '--all'], {
      env: { ...process.env, ...paths?.variables, ...variables },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const { caretaker } = this.cluster.servers;
    caretaker.watch(child, 'SIGKILL');
    let complaints = '';
    child.stderr.on('data', (chunk) => {
      complaints = `${complaints}${chunk}`.slice(-500);
    });
    const [code] = await once(child, 'exit');
    caretaker.ended(child);
    if (code === 0) this.#rebuilds++;
    else this.#problems.push(`a rebuild ended with ${code}: ${complaints}`);
  }

  async #sampleUntil(over: AbortSignal): Promise<void> {
    const { servers, services } = this.cluster;
    const watched = [
      ...services.map((service) => ({ name: service.name, pid: () => service.pid })),
      { name: 'event store', pid: () => servers.store?.server.pid ?? 0 },
      { name: 'Redis', pid: () => servers.redis?.[0]?.server.pid ?? 0 },
    ];
    while (!over.aborted) {
      for (const { name, pid } of watched) {
        const sample = pid() === 0 ? null : sampleOf(pid(), performance.now() - this.#startedAt);
        if (sample === null) continue;
        const samples = this.#samples.get(name) ?? [];
        samples.push(sample);
        this.#samples.set(name, samples);
      }
      for (const { url, isRunning } of services.slice(0, -1)) if (isRunning) await this.#readLag(url);
      await delay(sampleEveryMs, undefined, { signal: over }).catch(() => {});
    }
  }

  async #readLag(url: string): Promise<void> {
    const answer = await request(`${url}/metrics`).catch(() => null);
    const text = (await answer?.body.text()) ?? '';
    const p99 = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]);
    if (!Number.isNaN(p99)) this.#lag.push(p99 * 1_000);
  }
}

const inWords = ({ slope, error, first, last, points }: Slope, unit: string): string =>
  `${first.toFixed(1)} → ${last.toFixed(1)} ${unit}, ${slope.toFixed(1)} ± ${error.toFixed(1)} ${unit} an hour (${points} points)`.replaceAll(
    '  ',
    ' ',
  );
