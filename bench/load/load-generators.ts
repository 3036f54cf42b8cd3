import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { builtFile } from '../built-file.js';
import { emptyHistogram } from './buyers.js';
import type { Counts, LoadReport, Order, TimedObservation } from './protocol.js';

const processFile = builtFile('bench/load/load-process.js');

/** The reports of all load processes as one. */
export interface Load {
  readonly counts: Readonly<Counts>;
  readonly observations: readonly TimedObservation[];
  /** Of the process that took longest. */
  readonly seconds: number;
  readonly accepted: Histogram;
  readonly refused: Histogram;
  /** Of the busiest process. */
  readonly busy: number;
  readonly lateP99Ms: number;
}

/** Processes that buy. Connections to the last server stay open between orders. */
export class LoadGenerators {
  private constructor(private readonly processes: readonly ChildProcess[]) {}

  static start(count: number): LoadGenerators {
    return new LoadGenerators(
      Array.from({ length: count }, () => fork(processFile, { serialization: 'advanced' })),
    );
  }

  get pids(): readonly number[] {
    return this.processes.flatMap(({ pid }) => pid ?? []);
  }

  /** Shares the order out. Rejects when a load process ends. */
  async run(order: Order): Promise<Load> {
    const shares = this.processes.map((child, index) => this.#send(child, this.#share(order, index)));
    return merge(await Promise.all(shares));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.processes.map(async (child) => {
        if (!child.connected) return;
        const ended = once(child, 'exit');
        child.disconnect();
        await ended;
      }),
    );
  }

  async #send(child: ChildProcess, order: Order): Promise<LoadReport> {
    const ended = new AbortController();
    const onExit = () => ended.abort(new Error('a load process ended in the middle of its work'));
    child.once('exit', onExit);
    const reported = once(child, 'message', { signal: ended.signal });
    child.send(order);
    const [report] = (await reported) as [LoadReport];
    child.off('exit', onExit);
    return report;
  }

  #share(order: Order, index: number): Order {
    const parts = this.processes.length;
    const part = (whole: number) => Math.ceil(whole / parts);
    const own = {
      prefix: `${order.prefix}.${index}`,
      inFlight: part(order.inFlight),
      seed: order.seed + index,
    };
    if (order.kind === 'open') return { ...order, ...own, ratePerSecond: order.ratePerSecond / parts };
    if (order.kind === 'crowd') return { ...order, ...own, customers: part(order.customers) };
    return { ...order, ...own, buyers: order.buyers === null ? null : part(order.buyers) };
  }
}

function merge(reports: readonly LoadReport[]): Load {
  const counts: Counts = { accepted: 0, refused: 0, queued: 0, unanswered: 0, lost: 0, dropped: 0 };
  const accepted = emptyHistogram();
  const refused = emptyHistogram();
  for (const report of reports) {
    for (const kind of Object.keys(counts) as (keyof Counts)[]) counts[kind] += report.counts[kind];
    accepted.add(decodeFromCompressedBase64(report.acceptedLatency));
    refused.add(decodeFromCompressedBase64(report.refusedLatency));
  }
  const most = (value: (report: LoadReport) => number) => Math.max(...reports.map(value));
  return {
    counts,
    observations: reports.flatMap(({ observations }) => observations),
    seconds: most(({ seconds }) => seconds),
    accepted,
    refused,
    busy: most(({ busy }) => busy),
    lateP99Ms: most(({ lateP99Ms }) => lateP99Ms),
  };
}
