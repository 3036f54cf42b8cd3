import type { Parameters } from './parameters.js';
import type { Outcome, Setting } from './setting.js';
import { Machine, Process, Simulation } from './simulation.js';

const maxBatch = 500;
/** Connections of the event store to Postgres, and of the read models. */
const postgresThreads = 8;

interface Purchase {
  readonly asked: Process;
  readonly answered: (sold: boolean) => void;
}

/** One sale of one concert, simulated. The same setting and parameters give the same outcome. */
export function simulateSale(parameters: Parameters, setting: Setting): Outcome {
  return new SaleModel(parameters, setting).run();
}

class SaleModel {
  readonly #simulation = new Simulation();
  readonly #apis: readonly Process[];
  readonly #owner: Process;
  readonly #projecting: Process;
  readonly #eventStore: Process;
  readonly #postgres: Process;
  readonly #redis: Process;
  readonly #load: Process;
  readonly #all: readonly Process[];
  readonly #line: Purchase[] = [];
  #isDeciding = false;
  #sold = 0;
  #refused = 0;
  #appends = 0;
  #lastSaleAt = 0;
  readonly #latencies: number[] = [];

  constructor(
    private readonly parameters: Parameters,
    private readonly setting: Setting,
  ) {
    const { processes, cores, speed } = setting;
    const shared = cores === null ? null : new Machine(this.#simulation, cores, speed);
    const start = (name: string, threads = 1) =>
      new Process(shared ?? new Machine(this.#simulation, threads, speed), name, threads);
    this.#apis = Array.from({ length: processes }, (_, i) => start(`api ${i + 1}`));
    this.#owner = this.#apis[0] ?? start('api 1');
    this.#eventStore = start('event store');
    this.#postgres = start('Postgres', postgresThreads);
    this.#redis = start('Redis');
    this.#load = start('load', cores === null ? 64 : 1);
    this.#projecting = processes === 1 ? this.#owner : start('projecting');
    this.#all = [
      ...new Set([
        ...this.#apis,
        this.#projecting,
        this.#eventStore,
        this.#postgres,
        this.#redis,
        this.#load,
      ]),
    ];
  }

  run(): Outcome {
    const { buyers } = this.setting;
    let until = Number.POSITIVE_INFINITY;
    if (buyers.kind === 'closed') {
      until = buyers.micros;
      const ask = (i: number): void => this.#arrive(this.#apiOf(i), () => ask(i));
      for (let i = 0; i < buyers.inFlight; i++) ask(i);
    } else this.#arriveInTurn(buyers.arrivals[Symbol.iterator](), 0);
    this.#simulation.run(until);
    return {
      sold: this.#sold,
      refused: this.#refused,
      sellingMicros: buyers.kind === 'closed' ? until : this.#lastSaleAt,
      appends: this.#appends,
      latencies: this.#latencies,
      used: new Map(this.#all.map((process) => [process.name, process.usedMicros])),
    };
  }

  #arriveInTurn(arrivals: Iterator<number>, number: number): void {
    const next = arrivals.next();
    if (next.done === true) return;
    this.#simulation.after(Math.max(0, next.value - this.#simulation.now), () => {
      this.#arrive(this.#apiOf(number), () => {});
      this.#arriveInTurn(arrivals, number + 1);
    });
  }

  #apiOf(number: number): Process {
    return this.#apis[number % this.#apis.length] ?? this.#owner;
  }

  #hop(then: () => void): void {
    this.#simulation.after(this.setting.networkMicros, then);
  }

  #arrive(asked: Process, after: () => void): void {
    const { load, refusal } = this.parameters;
    const began = this.#simulation.now;
    const answered = (sold: boolean) => {
      if (sold) this.#latencies.push(this.#simulation.now - began);
      after();
    };
    this.#load.run(load, () => {
      if (this.#sold >= this.setting.tickets) {
        this.#refused++;
        this.#redis.run(refusal.redis);
        asked.run(refusal.service, () => answered(false));
      } else this.#enqueue({ asked, answered });
    });
  }

  #enqueue(purchase: Purchase): void {
    purchase.asked.run(this.#askedMicros(purchase) / 2, () => {
      if (this.#isDirect(purchase)) this.#join(purchase);
      else this.#throughRedis(() => this.#join(purchase));
    });
  }

  /** Of a purchase, without what it costs the owner as such. */
  #askedMicros(purchase: Purchase): number {
    const { asked, own, owner } = this.parameters;
    return this.#isDirect(purchase) ? Math.max(0, own.perSale - owner.perSale) : asked;
  }

  #isDirect({ asked }: Purchase): boolean {
    return this.setting.policy === 'direct' && asked === this.#owner;
  }

  #throughRedis(then: () => void): void {
    this.#hop(() => this.#redis.run(this.parameters.handOver / 2, () => this.#hop(then)));
  }

  #join(purchase: Purchase): void {
    this.#line.push(purchase);
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    this.#decide();
  }

  #decide(): void {
    const { owner } = this.parameters;
    const batch = this.#line.splice(0, Math.min(maxBatch, this.setting.tickets - this.#sold));
    if (batch.length === 0) {
      this.#refuseAll();
      this.#isDeciding = false;
      return;
    }
    this.#owner.run(owner.perAppend + batch.length * owner.perSale, () => this.#append(batch));
  }

  /** Sold out: those who still wait are told so. */
  #refuseAll(): void {
    for (const { asked, answered } of this.#line.splice(0)) {
      this.#refused++;
      asked.run(this.parameters.refusal.service, () => answered(false));
    }
  }

  #append(batch: readonly Purchase[]): void {
    const { eventStore, postgres, redis, appendMicros } = this.parameters;
    const costOf = ({ perAppend, perSale }: typeof eventStore) => perAppend + batch.length * perSale;
    // What an append takes besides CPU time: disks, and turns of event loops.
    const waiting = Math.max(0, appendMicros - eventStore.perAppend - postgres.perAppend);
    this.#redis.run(costOf(redis));
    this.#hop(() =>
      this.#eventStore.run(costOf(eventStore), () =>
        this.#postgres.run(costOf(postgres), () =>
          this.#simulation.after(waiting, () => this.#hop(() => this.#committed(batch))),
        ),
      ),
    );
  }

  #committed(batch: readonly Purchase[]): void {
    this.#appends++;
    this.#sold += batch.length;
    this.#lastSaleAt = this.#simulation.now;
    this.#projecting.run(batch.length * this.parameters.project);
    for (const purchase of batch) this.#answer(purchase);
    if (this.#sold >= this.setting.tickets && this.setting.buyers.kind === 'open') this.#simulation.stop();
    this.#decide();
  }

  #answer(purchase: Purchase): void {
    const { asked, answered } = purchase;
    const reply = () => asked.run(this.#askedMicros(purchase) / 2, () => answered(true));
    if (this.#isDirect(purchase)) reply();
    else this.#throughRedis(reply);
  }
}
