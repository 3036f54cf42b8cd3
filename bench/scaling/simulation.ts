/** A clock that jumps from event to event. Times are microseconds. */
export class Simulation {
  #now = 0;
  #order = 0;
  #stopped = false;
  /** A binary heap by time, then by order of scheduling. */
  readonly #events: Event[] = [];

  get now(): number {
    return this.#now;
  }

  after(micros: number, action: () => void): void {
    const event = { at: this.#now + micros, order: this.#order++, action };
    let place = this.#events.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, this.#at(parent))) break;
      this.#events[place] = this.#at(parent);
      place = parent;
    }
    this.#events[place] = event;
  }

  /** Runs until nothing is left to happen, the time is up, or `stop` is called. */
  run(untilMicros: number): void {
    this.#stopped = false;
    while (!this.#stopped) {
      const next = this.#take();
      if (next === undefined || next.at > untilMicros) return;
      this.#now = next.at;
      next.action();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #take(): Event | undefined {
    const [first] = this.#events;
    const last = this.#events.pop();
    if (first === undefined || last === undefined || this.#events.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#events.length) break;
      if (child + 1 < this.#events.length && isBefore(this.#at(child + 1), this.#at(child))) child++;
      if (!isBefore(this.#at(child), last)) break;
      this.#events[place] = this.#at(child);
      place = child;
    }
    this.#events[place] = last;
    return first;
  }

  #at(place: number): Event {
    const event = this.#events[place];
    if (event === undefined) throw new RangeError('outside of the heap');
    return event;
  }
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

interface Job {
  readonly micros: number;
  readonly done: () => void;
}

/** Cores that processes share in turn. A job is run to its end: jobs are short beside the slices of a real scheduler. */
export class Machine {
  readonly #ready: Process[] = [];
  #idleCores: number;

  /** @param speed CPU time that a core gives in a second, in seconds; less than 1 where others use it too */
  constructor(
    readonly simulation: Simulation,
    cores: number,
    private readonly speed = 1,
  ) {
    this.#idleCores = cores;
  }

  enter(process: Process): void {
    this.#ready.push(process);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#idleCores > 0) {
      const process = this.#ready.shift();
      const job = process?.next();
      if (process === undefined || job === undefined) return;
      this.#idleCores--;
      this.simulation.after(job.micros / this.speed, () => {
        this.#idleCores++;
        process.finished();
        job.done();
        this.#dispatch();
      });
    }
  }
}

/** First in, first out, in constant time however long it is. */
class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first++;
    if (this.#first > 1_000 && 2 * this.#first > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

/** Work of one process: jobs in order, as many at a time as it has threads. */
export class Process {
  readonly #jobs = new Fifo<Job>();
  /** Jobs that wait for a core. */
  #waiting = 0;
  #running = 0;
  #usedMicros = 0;

  constructor(
    private readonly machine: Machine,
    readonly name: string,
    private readonly threads = 1,
  ) {}

  /** CPU time so far. */
  get usedMicros(): number {
    return this.#usedMicros;
  }

  run(micros: number, done: () => void = () => {}): void {
    this.#jobs.push({ micros, done });
    this.#admit();
  }

  /** For the machine: the job that runs now. */
  next(): Job | undefined {
    const job = this.#jobs.shift();
    if (job === undefined) return undefined;
    this.#waiting--;
    this.#running++;
    this.#usedMicros += job.micros;
    return job;
  }

  /** For the machine: a job has ended. */
  finished(): void {
    this.#running--;
    this.#admit();
  }

  #admit(): void {
    while (this.#jobs.length > this.#waiting && this.#waiting + this.#running < this.threads) {
      this.#waiting++;
      this.machine.enter(this);
    }
  }
}
