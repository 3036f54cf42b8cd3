import { seededRandom } from '../../src/cli/demo/random.js';
import type { Parameters } from './parameters.js';
import type { Outcome, Setting } from './setting.js';
import { Machine, Process, Simulation } from './simulation.js';

const maxBatch = 500;
const holdMicros = 100_000;
const lingerMicros = 10_000;
/** Connections of the event store to Postgres, and of the read models. */
const postgresThreads = 8;

interface Purchase {
  readonly asked: ApiProcess;
  readonly answered: (sold: boolean) => void;
}

/** A process that answers requests, and decides when its turn comes. */
interface ApiProcess {
  readonly process: Process;
  readonly line: Purchase[];
  /** Sales that its state has. */
  known: number;
  holdUntil: number;
  isDeciding: boolean;
  lingering: (() => void) | null;
}

/** One sale of one concert, simulated. The same setting and parameters give the same outcome. */
export function simulateSale(parameters: Parameters, setting: Setting): Outcome {
  return new SaleModel(parameters, setting).run();
}

class SaleModel {
  readonly #simulation = new Simulation();
  readonly #random = seededRandom(1);
  readonly #apis: readonly ApiProcess[];
  readonly #projecting: Process;
  readonly #eventStore: Process;
  readonly #postgres: Process;
  readonly #redis: Process;
  readonly #load: Process;
  readonly #all: readonly Process[];
  readonly #globalLine: Purchase[] = [];
  #holder: ApiProcess | null = null;
  #lastHolder: ApiProcess | null = null;
  readonly #waitForLock: ApiProcess[] = [];
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
    this.#apis = Array.from({ length: processes }, (_, i) => ({
      ...{ process: start(`api ${i + 1}`), line: [], known: 0, holdUntil: 0 },
      ...{ isDeciding: false, lingering: null },
    }));
    this.#eventStore = start('event store');
    this.#postgres = start('Postgres', postgresThreads);
    this.#redis = start('Redis');
    this.#load = start('load', cores === null ? 64 : 1);
    const first = this.#apis.map(({ process }) => process);
    const [only] = first;
    this.#projecting = processes === 1 && only !== undefined ? only : start('projecting');
    this.#all = [
      ...new Set([...first, this.#projecting, this.#eventStore, this.#postgres, this.#redis, this.#load]),
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

  #apiOf(number: number): ApiProcess {
    const api = this.#apis[number % this.#apis.length];
    if (api === undefined) throw new RangeError('no process answers requests');
    return api;
  }

  #hop(then: () => void): void {
    this.#simulation.after(this.setting.networkMicros, then);
  }

  #arrive(asked: ApiProcess, after: () => void): void {
    const { http, load, refusal } = this.parameters;
    const began = this.#simulation.now;
    const answered = (sold: boolean) => {
      if (sold) this.#latencies.push(this.#simulation.now - began);
      after();
    };
    this.#load.run(load, () => {
      if (this.#sold >= this.setting.tickets) {
        this.#refused++;
        this.#redis.run(refusal.redis);
        asked.process.run(refusal.service, () => answered(false));
      } else asked.process.run(http / 2, () => this.#enqueue({ asked, answered }));
    });
  }

  #enqueue(purchase: Purchase): void {
    const { asked } = purchase;
    const owner = this.#apis[0] ?? asked;
    if (this.setting.policy === 'contend' || (this.setting.policy === 'owner' && asked === owner)) {
      this.#join(asked, asked.line, purchase);
      return;
    }
    // A quarter of the hand-over at each end, on the way there and on the way back.
    const { service, redis } = this.parameters.handOver;
    asked.process.run(service / 4, () =>
      this.#hop(() =>
        this.#redis.run(redis / 2, () =>
          this.#hop(() => {
            if (this.setting.policy === 'owner') {
              owner.process.run(service / 4, () => this.#join(owner, owner.line, purchase));
            } else this.#join(this.#holder ?? asked, this.#globalLine, purchase);
          }),
        ),
      ),
    );
  }

  #lineOf(api: ApiProcess): Purchase[] {
    return this.setting.policy === 'line' ? this.#globalLine : api.line;
  }

  #join(api: ApiProcess, line: Purchase[], purchase: Purchase): void {
    line.push(purchase);
    if (api.lingering !== null) {
      const resume = api.lingering;
      api.lingering = null;
      resume();
    } else if (!api.isDeciding) {
      api.isDeciding = true;
      this.#acquire(api);
    }
  }

  #acquire(api: ApiProcess): void {
    if (this.#holder === null) this.#hold(api);
    else if (this.#holder === api) this.#decide(api);
    else this.#waitForLock.push(api);
  }

  #hold(api: ApiProcess): void {
    const isAnother = this.#lastHolder !== null && this.#lastHolder !== api;
    this.#holder = api;
    this.#lastHolder = api;
    api.holdUntil = this.#simulation.now + holdMicros;
    if (!isAnother) {
      this.#decide(api);
      return;
    }
    const { lock } = this.parameters;
    this.#redis.run(lock.redis);
    api.process.run(lock.service, () => this.#catchUp(api));
  }

  #catchUp(api: ApiProcess): void {
    const { service, eventStore, postgres } = this.parameters.catchUp;
    const missed = this.#sold - api.known;
    const costOf = ({ perEvent, perRead }: typeof service) => perRead + missed * perEvent;
    this.#hop(() =>
      this.#eventStore.run(costOf(eventStore), () =>
        this.#postgres.run(costOf(postgres), () =>
          this.#hop(() =>
            api.process.run(costOf(service), () => {
              api.known = this.#sold;
              this.#decide(api);
            }),
          ),
        ),
      ),
    );
  }

  #decide(api: ApiProcess): void {
    const { decide } = this.parameters;
    const line = this.#lineOf(api);
    const batch = line.splice(0, Math.min(maxBatch, this.setting.tickets - this.#sold));
    if (batch.length === 0) {
      this.#refuseAll(line);
      this.#release(api);
      return;
    }
    api.process.run(decide.perAppend + batch.length * decide.perSale, () => this.#append(api, batch));
  }

  /** Sold out: those who still wait are told so. */
  #refuseAll(line: Purchase[]): void {
    for (const { asked, answered } of line.splice(0)) {
      this.#refused++;
      asked.process.run(this.parameters.refusal.service, () => answered(false));
    }
  }

  #append(api: ApiProcess, batch: readonly Purchase[]): void {
    const { eventStore, postgres, redis, appendMicros } = this.parameters;
    const costOf = ({ perAppend, perSale }: typeof eventStore) => perAppend + batch.length * perSale;
    // What an append takes besides CPU time: disks, and turns of event loops.
    const waiting = Math.max(0, appendMicros - eventStore.perAppend - postgres.perAppend);
    this.#redis.run(costOf(redis));
    this.#hop(() =>
      this.#eventStore.run(costOf(eventStore), () =>
        this.#postgres.run(costOf(postgres), () =>
          this.#simulation.after(waiting, () => this.#hop(() => this.#committed(api, batch))),
        ),
      ),
    );
  }

  #committed(api: ApiProcess, batch: readonly Purchase[]): void {
    this.#appends++;
    this.#sold += batch.length;
    api.known = this.#sold;
    this.#lastSaleAt = this.#simulation.now;
    this.#projecting.run(batch.length * this.parameters.project);
    for (const purchase of batch) this.#answer(api, purchase);
    if (this.#sold >= this.setting.tickets && this.setting.buyers.kind === 'open') this.#simulation.stop();
    const line = this.#lineOf(api);
    const mayContinue =
      this.setting.policy !== 'contend' ||
      this.#simulation.now < api.holdUntil ||
      this.#waitForLock.length === 0;
    if (line.length > 0 && mayContinue) this.#decide(api);
    else if (line.length > 0 || this.setting.policy === 'line') this.#release(api);
    else this.#linger(api);
  }

  #answer(api: ApiProcess, { asked, answered }: Purchase): void {
    const { http, handOver } = this.parameters;
    const reply = () => asked.process.run(http / 2, () => answered(true));
    if (this.setting.policy === 'contend' || (this.setting.policy === 'owner' && asked === api)) {
      reply();
      return;
    }
    api.process.run(handOver.service / 4, () =>
      this.#hop(() =>
        this.#redis.run(handOver.redis / 2, () =>
          this.#hop(() => asked.process.run(handOver.service / 4, reply)),
        ),
      ),
    );
  }

  /** The owner has nothing to do; a holder waits a little for the next purchases of the buyers whom it just answered. */
  #linger(api: ApiProcess): void {
    const resume = () => this.#decide(api);
    api.lingering = resume;
    if (this.setting.policy === 'owner') return;
    this.#simulation.after(lingerMicros, () => {
      if (api.lingering !== resume) return;
      api.lingering = null;
      this.#release(api);
    });
  }

  #release(api: ApiProcess): void {
    if (this.setting.policy !== 'owner') this.#holder = null;
    api.isDeciding = false;
    const place = Math.floor(this.#random() * this.#waitForLock.length);
    const [next] = this.#waitForLock.splice(place, 1);
    if (this.#lineOf(api).length > 0) {
      api.isDeciding = true;
      this.#waitForLock.push(api);
    }
    const taker = next ?? this.#waitForLock.shift();
    if (taker !== undefined && this.#holder === null) this.#hold(taker);
    else if (this.setting.policy === 'owner' && api.isDeciding) this.#decide(api);
  }
}
