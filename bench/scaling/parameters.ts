import { readFileSync, writeFileSync } from 'node:fs';

/** A cost in microseconds of CPU time that has a part for each sale, and one for each append, however many sales it carries. */
export interface Cost {
  readonly perSale: number;
  readonly perAppend: number;
}

/** Everything that the simulation takes from measurements. Microseconds of CPU time unless said otherwise. */
export interface Parameters {
  readonly measuredAt: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  /** Of the machine, before and after; a busy machine makes CPU time dearer. */
  readonly loadAverage: readonly [number, number];
  /** In a process that answers requests and hands all purchases over. */
  readonly asked: number;
  /** In the owner of the concert, when it is asked by no buyer. */
  readonly owner: Cost;
  /** The same of a purchase by a buyer of its own, whose request it answers too. */
  readonly own: Cost;
  /** In a process that does nothing but project. */
  readonly project: number;
  readonly eventStore: Cost;
  readonly postgres: Cost;
  readonly redis: Cost;
  /** What a purchase that is handed over costs Redis more. */
  readonly handOver: number;
  readonly refusal: { readonly service: number; readonly redis: number };
  /** A request in the process that makes the load. */
  readonly load: number;
  /** Wall time in microseconds of a bare append with nothing else to do; a tenth of them took less. */
  readonly appendMicros: number;
  readonly runs: readonly MeasuredRun[];
}

/** What was measured of a whole sale, to check the simulation with. */
export interface MeasuredRun {
  readonly mode: 'batch' | 'queue';
  readonly processes: number;
  readonly inFlight: number;
  readonly salesPerSecond: number;
  /** Sales for each append. */
  readonly batch: number;
  /** Of all processes of the service, for each sale. */
  readonly serviceMicros: number;
  /** Of the busiest process that answers requests, for each sale. */
  readonly busiestMicros: number;
  readonly eventStoreMicros: number;
  readonly postgresMicros: number;
  readonly redisMicros: number;
  readonly loadMicros: number;
  /** CPU time that everything here used together in a second, in seconds: what the machine had for it. */
  readonly coresUsed: number;
}

export const parametersFile = 'bench/scaling/parameters.json';

export const readParameters = (): Parameters =>
  JSON.parse(readFileSync(parametersFile, 'utf8')) as Parameters;

export const writeParameters = (parameters: Parameters): void =>
  writeFileSync(parametersFile, `${JSON.stringify(parameters, null, 1)}\n`);

/** The two parts of a cost, by least squares over runs with batches of several sizes; neither is negative. */
export function fitCost(runs: readonly { readonly batch: number; readonly micros: number }[]): Cost {
  const mean = (value: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + value(run), 0) / runs.length;
  const share = mean(({ batch }) => 1 / batch);
  const micros = mean((run) => run.micros);
  const covariance = mean((run) => (1 / run.batch - share) * (run.micros - micros));
  const variance = mean((run) => (1 / run.batch - share) ** 2);
  const perAppend = variance === 0 ? 0 : Math.max(0, covariance / variance);
  return { perSale: Math.max(0, micros - perAppend * share), perAppend };
}
