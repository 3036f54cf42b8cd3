import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { PurchaseMode } from '../src/domain/purchase-mode.js';
import { LoadGenerators } from './load/load-generators.js';
import type { Order, TimedObservation } from './load/protocol.js';
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
import type { Sale, Seller } from './systems/seller.js';
import { startService } from './systems/service.js';

/** Each kind of order without what the bench fills in. */
type Wanted<O> = O extends Order ? Omit<O, 'url' | 'paths' | 'prefix' | 'seed'> : never;

/** What scenarios work with: servers, sellers, load, and where results go. */
export class Bench {
  readonly results: Result[] = [];
  readonly ratios: Partial<Record<RatioKey, Ratio>> = {};
  readonly #load = LoadGenerators.start(Math.max(1, availableParallelism() >> 2));
  readonly #sellers = new Set<Seller>();
  readonly #extraPids: number[] = [];
  #orders = 0;

  constructor(
    readonly plan: Plan,
    private readonly seed: number,
    readonly servers: Servers,
  ) {}

  /** Ends the load processes, and sellers that a failed scenario has left. The servers go on. */
  async close(): Promise<void> {
    await Promise.all([...this.#sellers].map((seller) => seller.stop()));
    await this.#load.stop();
  }

  async startService(
    mode: PurchaseMode,
    processes: number,
    servers: Servers = this.servers,
  ): Promise<Seller> {
    return this.#keep(await startService(servers, { mode, processes, namespace: newNamespace() }));
  }

  async startPeer(name: PeerName, redisUrl: string): Promise<Seller> {
    const { eventStoreUrl, databaseUrl } = this.servers;
    const servers = { eventStoreUrl, databaseUrl, redisUrl, namespace: newNamespace() };
    return this.#keep(await startPeer(name, servers));
  }

  /** Counts the CPU time of one more server as Redis'. */
  alsoRedis(pid: number): void {
    this.#extraPids.push(pid);
  }

  /** One piece of load. Buyers are new in each, and drawn from the seed. */
  slice(seller: Seller, sales: readonly Sale[], wanted: Wanted<Order>): Promise<Slice> {
    const number = ++this.#orders;
    const [sale] = sales;
    if (sale === undefined) throw new TypeError('load needs a concert to go to');
    const common = {
      url: seller.url,
      paths: sales.map(({ path }) => path),
      prefix: `b${number}`,
      seed: this.seed + number,
    };
    return takeSlice((order) => this.#load.run(order), this.#pids(seller), seller, sale, {
      ...wanted,
      ...common,
    });
  }

  /**
   * Lets a seller get up to speed on a concert that does not count. Just-in-time compilation goes on for seconds; what is
   * measured most closely is warmed up `times` as long.
   */
  async warmUp(seller: Seller, inFlight: number, times = 1): Promise<void> {
    const sale = await seller.schedule({ capacity: 1_000_000, vipSeats: 10 });
    const durationMs = this.plan.warmUpMs * times;
    await this.slice(seller, [sale], { kind: 'closed', inFlight, durationMs, buyers: null });
  }

  /** Judges what was told, and files the result. */
  async file(
    seller: Seller,
    situation: Situation,
    slices: readonly Slice[],
    sales: readonly Sale[],
  ): Promise<Result> {
    const heard = slices.flatMap(({ load }) => load.heard);
    const verdicts = [];
    for (const [concert, sale] of sales.entries()) {
      verdicts.push(await sale.judge(sales.length === 1 ? heard : heardAt(heard, concert)));
    }
    const result = summarise(seller, situation, slices, addVerdicts(verdicts));
    this.results.push(result);
    return result;
  }

  ratio(key: RatioKey, values: readonly number[], cpu: readonly number[] = []): void {
    const known = cpu.filter(Number.isFinite);
    const cpuSpread: Spread | null = known.length === 0 ? null : spreadOf(known);
    this.ratios[key] = { ...spreadOf(values), cpu: cpuSpread };
  }

  #keep(seller: Seller): Seller {
    const kept = {
      ...seller,
      stop: async () => {
        if (this.#sellers.delete(kept)) await seller.stop();
      },
    };
    this.#sellers.add(kept);
    return kept;
  }

  #pids(seller: Seller): Pids {
    const { eventStore, postgres, redis } = this.servers.pids;
    return {
      service: [seller.pid],
      eventStore,
      postgres,
      redis: redis.length === 0 ? [] : [...redis, ...this.#extraPids],
      load: this.#load.pids,
    };
  }
}

const heardAt = (heard: readonly TimedObservation[], concert: number): TimedObservation[] =>
  heard.filter((one) => one.concert === concert);

/** Nobody else's, so that runs can share servers. */
export const newNamespace = (): string => `bench_${randomBytes(5).toString('hex')}`;
