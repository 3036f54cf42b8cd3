import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Config } from '../../config.js';
import type { ServerUrls } from '../../open-servers.js';

/** A worker's settings, passed in its environment. */
export interface WorkerSetup {
  readonly config: Config;
  readonly servers: ServerUrls;
}

/** The metrics of one process. */
export type Counted = MetricObjectWithValues<MetricValue<string>>[];

/** From a worker to the primary. */
export type WorkerMessage =
  /** A heartbeat. Sent ten times in `workerSilenceMs`. */
  | { readonly kind: 'heartbeat' }
  /** The worker answers requests at `url`. */
  | { readonly kind: 'ready'; readonly url: string }
  /** The worker cannot start; `problem` is for people. */
  | { readonly kind: 'cannot-start'; readonly problem: string }
  /** A scrape reached this worker, which asks for the metrics of all. */
  | { readonly kind: 'metrics-wanted'; readonly id: number }
  | { readonly kind: 'metrics-counted'; readonly id: number; readonly counted: Counted };

/** From the primary to a worker. */
export type PrimaryMessage =
  | { readonly kind: 'count-metrics'; readonly id: number }
  /** The answer to `metrics-wanted`; `missing` workers did not answer in time. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string; readonly missing: number };
