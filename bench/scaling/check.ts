import type { MeasuredRun, Parameters } from './parameters.js';
import { simulateSale } from './sale-model.js';
import type { Outcome, Policy } from './setting.js';

/** How the purchases of each mode reach the owner. */
export const policies: Readonly<Record<MeasuredRun['mode'], Policy>> = { batch: 'direct', queue: 'line' };

const simulatedMicros = 3_000_000;
/** From this load average on, something else used the machine while it was measured. */
const busyFrom = 1;

export interface Comparison {
  readonly run: MeasuredRun;
  readonly salesPerSecond: number;
  readonly batch: number;
  readonly serviceMicros: number;
  readonly busiestMicros: number;
}

/** Every measured run, simulated on as many cores as it was measured on. */
export const compareWithRuns = (parameters: Parameters): Comparison[] =>
  parameters.runs.map((run) => {
    // What others took of the machine is not known: what was used here is what there was.
    const isBusy = parameters.loadAverage[0] >= busyFrom;
    const outcome = simulateSale(parameters, {
      policy: policies[run.mode],
      processes: run.processes,
      cores: parameters.cores,
      speed: isBusy ? Math.min(1, run.coresUsed / parameters.cores) : 1,
      networkMicros: 0,
      tickets: Number.POSITIVE_INFINITY,
      buyers: { kind: 'closed', inFlight: run.inFlight, micros: simulatedMicros },
    });
    return { run, ...figuresOf(outcome) };
  });

export function figuresOf({ sold, appends, sellingMicros, used }: Outcome) {
  const service = [...used].filter(([name]) => name.startsWith('api') || name === 'projecting');
  const answering = service.filter(([name]) => name.startsWith('api')).map(([, micros]) => micros);
  return {
    salesPerSecond: sold / (sellingMicros / 1_000_000),
    batch: sold / Math.max(1, appends),
    serviceMicros: service.reduce((sum, [, micros]) => sum + micros, 0) / sold,
    busiestMicros: Math.max(...answering) / sold,
  };
}
