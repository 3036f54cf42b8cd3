import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { PurchaseMode } from '../src/domain/purchase-mode.js';
import type { Credentials } from './load/credentials.js';
import { LoadGenerators } from './load/load-generators.js';
import { loadHere } from './load/load-here.js';
import type { ClosedLoop, Order, TimedObservation } from './load/protocol.js';
import type { Pids } from './measure/cpu.js';
import { type Slice, takeSlice } from './measure/slice.js';
import { type Spread, spreadOf } from './measure/spread.js';
import type { PeerName } from './peers/peers.js';
import type { Plan } from './plan.js';
import type { Ratio, RatioKey, Result } from './report/result.js';
import { type Situation, summarise } from './report/summarise.js';
import type { Servers } from './servers.js';
import { addVerdicts } from './systems/defects.js';
import { startPeer } from './systems/peer.js';
import { startService } from './systems/service.js';
import type { Sale, System, Terms } from './systems/system.js';

/** Each kind of order without the fields that the bench fills in. */
type Wanted<O> = O extends Order ? Omit<O, 'url' | 'paths' | 'prefix' | 'seed'> : never;

export interface ServiceSettings {
  /** One of its own unless given. */
  readonly namespace?: string;
  /** The servers of the bench unless given. */
  readonly servers?: Servers;
  /** Environment variables, in place of those that the bench sets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Buyers have tokens of this issuer. */
  readonly credentials?: Credentials;
}

/** Gives scenarios their servers, systems and load, and keeps their results. */
export class Bench {
  readonly results: Result[] = [];
  readonly ratios: Partial<Record<RatioKey, Ratio>> = {};
  readonly #load = LoadGenerators.start(Math.max(1, availableParallelism() >> 2));
  readonly #systems = new Set<System>();
  readonly #extraPids: number[] = [];
  #orders = 0;

  constructor(
    readonly plan: Plan,
    private readonly seed: number,
    readonly servers: Servers,
  ) {}

  /** Ends the load processes, and systems that a failed scenario has left. The servers go on. */
  async close(): Promise<void> {
    await Promise.all([...this.#systems].map((system) => system.stop()));
    await this.#load.stop();
  }

  async startService(
    mode: PurchaseMode,
    processes: number,
    { namespace = newNamespace(), servers = this.servers, variables = {}, credentials }: ServiceSettings = {},
  ): Promise<System> {
    const options = { mode, processes, namespace, variables, credentials };
    return this.#keep(await startService(servers, options));
  }

  async startPeer(name: PeerName, redisUrl: string): Promise<System> {
    const { eventStoreUrl, databaseUrl } = this.servers;
    const servers = { eventStoreUrl, databaseUrl, redisUrl, namespace: newNamespace() };
    return this.#keep(await startPeer(name, servers));
  }

  /** Counts the CPU time of this process as Redis' too. */
  alsoRedis(pid: number): void {
    this.#extraPids.push(pid);
  }

  /** One piece of load. Buyers are new in each, and drawn from the seed. */
  slice(system: System, sales: readonly Sale[], wanted: Wanted<Order>): Promise<Slice> {
    const order = { ...wanted, ...this.#common(system, sales) };
    return takeSlice((load) => this.#load.run(load), this.#pids(system), system, onlyFirst(sales), order);
  }

  /** Load from this process for as long as `work` takes, within the order's time. */
  sliceDuring(
    system: System,
    sale: Sale,
    wanted: Wanted<ClosedLoop>,
    work: (observations: readonly TimedObservation[]) => Promise<void>,
  ): Promise<Slice> {
    const order = { ...wanted, ...this.#common(system, [sale]) };
    return takeSlice(() => loadHere(order, work), this.#pids(system), system, sale, order);
  }

  #common(system: System, sales: readonly Sale[]) {
    const number = ++this.#orders;
    const paths = sales.map(({ path }) => path);
    const { url, credentials } = system;
    const common = { url, paths, prefix: `b${number}`, seed: this.seed + number };
    return credentials === undefined ? common : { ...common, credentials };
  }

  /**
   * Warms a system up on a concert that does not count. Just-in-time compilation goes on for seconds, so a system that is
   * measured most closely is warmed up `times` as long. On a busy machine little is sold in that time: then the warm-up goes on,
   * for up to three times as long again.
   */
  async warmUp(system: System, inFlight: number, times = 1, terms: Partial<Terms> = {}): Promise<void> {
    const sale = await system.schedule({ capacity: 1_000_000, vipSeats: 10, ...terms });
    const durationMs = this.plan.warmUpMs * times;
    const { load } = await this.slice(system, [sale], { kind: 'closed', inFlight, durationMs, buyers: null });
    const buyers = times * leastWarmUpAnswers - load.observations.length;
    if (buyers <= 0) return;
    await this.slice(system, [sale], { kind: 'closed', inFlight, durationMs: 3 * durationMs, buyers });
  }

  /** Judges the observations by the log of each sale, and adds the result to the report. */
  async file(
    system: System,
    situation: Situation,
    slices: readonly Slice[],
    sales: readonly Sale[],
  ): Promise<Result> {
    const observations = slices.flatMap(({ load }) => load.observations);
    const verdicts = [];
    for (let from = 0; from < sales.length; from += judgedAtOnce) {
      const judging = sales.slice(from, from + judgedAtOnce).map((sale, index) => {
        return sale.judge(sales.length === 1 ? observations : observationsAt(observations, from + index));
      });
      verdicts.push(...(await Promise.all(judging)));
    }
    const result = summarise(system, situation, slices, addVerdicts(verdicts));
    this.results.push(result);
    return result;
  }

  ratio(key: RatioKey, values: readonly number[], cpu: readonly number[] = []): void {
    const known = cpu.filter(Number.isFinite);
    const cpuSpread: Spread | null = known.length === 0 ? null : spreadOf(known);
    this.ratios[key] = { ...spreadOf(values), cpu: cpuSpread };
  }

  #keep(system: System): System {
    const kept = {
      ...system,
      stop: async () => {
        if (this.#systems.delete(kept)) await system.stop();
      },
    };
    this.#systems.add(kept);
    return kept;
  }

  #pids(system: System): Pids {
    const { eventStore, postgres, redis } = this.servers.pids;
    return {
      service: [system.pid],
      eventStore,
      postgres,
      redis: redis.length === 0 ? [] : [...redis, ...this.#extraPids],
      load: this.#load.pids,
    };
  }
}

const judgedAtOnce = 16;
/** An idle machine gives more answers than these in each `warmUpMs`, in the modes that are measured most closely. */
const leastWarmUpAnswers = 200;

function onlyFirst(sales: readonly Sale[]): Sale {
  const [sale] = sales;
  if (sale === undefined) throw new TypeError('load needs a concert to go to');
  return sale;
}

const observationsAt = (observations: readonly TimedObservation[], concert: number): TimedObservation[] =>
  observations.filter((one) => one.concert === concert);

/** A namespace of its own for each service, so that runs can share servers. */
export const newNamespace = (): string => `bench_${randomBytes(5).toString('hex')}`;
