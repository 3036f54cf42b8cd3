import { seededRandom } from '../../src/cli/demo/random.js';
import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import type { MessageTrouble } from '../world/server-health.js';
import { partsOf } from './parts.js';

/** One thing that is done to the sale from outside, `at` ms after its start. Processes are numbered from 0. */
export type Step = { readonly at: number } & (
  | {
      readonly kind: 'buy';
      /** Which concert; the first if absent. */
      readonly concert?: number;
      readonly process: number;
      readonly customer: string;
      readonly key: string;
      readonly quantity: number;
      /** In mode `queue`: how long the customer waits before its place in the queue is the answer, in ms. */
      readonly waitMs?: number;
    }
  | HoldStep
  | { readonly kind: 'cancel'; readonly concert?: number; readonly process: number; readonly key: string }
  | {
      readonly kind: 'capacity';
      readonly concert?: number;
      readonly process: number;
      readonly capacity: number;
    }
  /** A purchase in the queue that this version cannot read. */
  | { readonly kind: 'foreign-entry' }
  /** The process stands still for `forMs`, as under SIGSTOP. */
  | { readonly kind: 'pause'; readonly process: number; readonly forMs: number }
  /** The process dies; another takes its place after `forMs`. */
  | { readonly kind: 'kill'; readonly process: number; readonly forMs: number }
  /** The process is stopped in good order, as in a rolling restart; another takes its place at once. */
  | { readonly kind: 'restart'; readonly process: number }
  | { readonly kind: 'wall-clock'; readonly process: number; readonly jumpMs: number }
  /** A Redis loses all; starts again with what it held at the start of the sale or at the last dump; makes a dump. */
  | { readonly kind: 'redis'; readonly server: number; readonly what: 'flush' | 'restore' | 'dump' }
  | {
      readonly kind: 'redis-down';
      readonly server: number;
      readonly as: 'silent' | 'away';
      readonly forMs: number;
    }
  | { readonly kind: 'redis-clock'; readonly server: number; readonly jumpMs: number }
  /** Of what Redis publishes, these shares are lost, doubled or late for `forMs`. */
  | { readonly kind: 'messages'; readonly trouble: MessageTrouble; readonly forMs: number }
  | { readonly kind: 'postgres-down'; readonly as: 'silent' | 'away'; readonly forMs: number }
  /** Of the answers of Postgres, this share is lost for `forMs`. */
  | { readonly kind: 'postgres-loses-answers'; readonly share: number; readonly forMs: number }
  /** Postgres crashes in `forMs`, and has lost what was committed since now. */
  | { readonly kind: 'postgres-crash'; readonly forMs: number }
  /** An operator resets a read model. */
  | { readonly kind: 'reset'; readonly projection: number }
  /** The path from one process to a server lets nothing through, either way. */
  | {
      readonly kind: 'path';
      readonly process: number;
      readonly to: 'redis' | 'log' | 'postgres';
      readonly as: 'silent' | 'away';
      readonly forMs: number;
    }
  | { readonly kind: 'log-down'; readonly as: 'silent' | 'away'; readonly forMs: number }
  /** Of the log's answers, this share is lost for `forMs`. */
  | { readonly kind: 'log-loses-answers'; readonly share: number; readonly forMs: number }
);

export interface Terms {
  readonly capacity: number;
  readonly vipSeats: number;
  readonly ticketsPerCustomer: number;
  /** Null: the concert is sold without holds. */
  readonly holdSeconds: number | null;
  readonly waitingList: boolean;
  readonly offerSeconds: number | null;
}

/** A customer holds tickets, and confirms or releases them, or both at once, or neither. */
export interface HoldStep {
  readonly kind: 'hold';
  readonly concert?: number;
  readonly process: number;
  readonly customer: string;
  readonly key: string;
  readonly quantity: number;
  /** When the customer confirms after the answer, in ms; null: never. */
  readonly confirmAfterMs: number | null;
  readonly releaseAfterMs: number | null;
  /** Whether the confirmation is sent twice, to two processes. */
  readonly isDoubled: boolean;
  /** Whether a customer who was refused waits for what comes back. */
  readonly joins: boolean;
}

/** A sale and all that happens to it. The same schedule runs the same way each time. */
export interface Schedule {
  /** Of delays, jitter and losses. */
  readonly seed: number;
  readonly mode: PurchaseMode;
  readonly processes: number;
  /** Independent Redis servers that vote on locks. */
  readonly redisServers: number;
  readonly terms: Terms;
  /** The bound on the states in memory: a small one makes processes forget. */
  readonly maxPurchasesInMemory: number;
  readonly steps: readonly Step[];
  /** How long a purchase may wait for its decision, in ms; 10 s if absent. */
  readonly longestWaitMs?: number;
  /** How many concerts are on sale; one if absent. */
  readonly concerts?: number;
  /** Whether the processes project read models and stock; not if absent. */
  readonly projects?: boolean;
  /** After the sale the log is lost, and restored from a backup that has this share of its appends; not if absent. */
  readonly backup?: number;
  /** The read models are lost as well then, and come back as they were before the sale. */
  readonly losesReadModels?: boolean;
}

/** The modes that a seed chooses among; those with an owner twice, since most can happen in them. */
export const simulatedModes = [
  ...(['optimistic', 'lock', 'lock-cache', 'batch', 'queue', 'batch', 'queue'] as const),
] satisfies PurchaseMode[];

type Without<T, Key extends string> = T extends unknown ? Omit<T, Key> : never;

/** A step that is not a request. */
export type Fault = Without<
  Exclude<Step, { kind: 'buy' | 'hold' | 'cancel' | 'capacity' | 'foreign-entry' }>,
  'at'
>;

/** The schedule of a seed. */
export function scheduleOf(seed: number, modes: readonly PurchaseMode[] = simulatedModes): Schedule {
  const random = seededRandom(seed);
  const parts = partsOf(seed);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const among = <T>(choices: readonly [T, ...T[]]): T => choices[upTo(choices.length - 1)] ?? choices[0];
  const [first = 'batch', ...others] = modes;
  const mode = among([first, ...others]);
  const processes = 2 + upTo(2);
  const capacity = 2 + upTo(random() < 0.3 ? 40 : 8);
  const hasHolds = random() < 0.4;
  const hasList = hasHolds && random() < 0.6;
  const terms = {
    ...{ capacity, vipSeats: upTo(Math.min(3, capacity)), ticketsPerCustomer: 1 + upTo(1) },
    holdSeconds: hasHolds ? 1 + upTo(3) : null,
    waitingList: hasList,
    offerSeconds: hasList ? 1 + upTo(2) : null,
  };
  const buyers = Math.ceil(capacity * (0.8 + random() * 3)) + 10;
  const lengthMs = among([50, 500, 4_000]);
  const process = () => upTo(processes - 1);
  const redisServers = random() < 0.25 ? 3 : 1;
  // Mostly the primary, which has stock and queues.
  const server = () => upTo(1) * upTo(redisServers - 1);
  const moment = () => random() * lengthMs;
  const outage = () => among([20, 300, 1_500, 6_000, 14_000]) * (0.5 + random());
  const steps: Step[] = [];
  for (let i = 0; i < buyers; i++) {
    const [customer, key] = [`c${i}`, `k${i}`];
    const of = parts.concerts === 1 ? {} : { concert: i % parts.concerts };
    const at = moment();
    const buy = {
      kind: 'buy',
      ...of,
      process: process(),
      customer,
      key,
      quantity: 1 + upTo(1) * upTo(1),
      ...(mode === 'queue' ? { waitMs: among([0, 100, 5_000]) } : {}),
      at,
    } as const;
    if (hasHolds && random() < 0.6) {
      // About the expiry, before it, or never.
      const whenDone = () => among([null, 200, (terms.holdSeconds ?? 0) * 1_000 * (0.9 + 0.3 * random())]);
      const { customer, key, quantity } = buy;
      const [confirmAfterMs, releaseAfterMs] = [whenDone(), random() < 0.2 ? whenDone() : null];
      const more = { confirmAfterMs, releaseAfterMs, isDoubled: random() < 0.3, joins: random() < 0.7 };
      steps.push({ kind: 'hold', ...of, process: process(), customer, key, quantity, at, ...more });
      continue;
    }
    steps.push(buy);
    const soon = at + random() * among([2, 20, 500]);
    if (random() < 0.12) steps.push({ ...buy, process: process(), at: soon });
    if (random() < 0.06) steps.push({ ...buy, process: process(), at: soon, customer: `thief of ${key}` });
    if (random() < 0.06) steps.push({ ...buy, process: process(), at: soon, key: `${key}b` });
    if (random() < 0.15)
      steps.push({
        kind: 'cancel',
        ...of,
        process: process(),
        key,
        at: at + random() * among([20, 500, 3_000]),
      });
  }
  if (random() < 0.2)
    steps.push({ kind: 'capacity', process: process(), capacity: capacity + upTo(3), at: moment() });
  if (random() < 0.1) steps.push({ kind: 'foreign-entry', at: moment() });
  const faults = parts.isCalm ? 0 : upTo(5);
  for (let i = 0; i < faults; i++) {
    const at = moment();
    const forMs = outage();
    const share = () => upTo(1) * random();
    const fault = among<Fault>([
      { kind: 'pause', process: process(), forMs },
      { kind: 'pause', process: process(), forMs },
      { kind: 'kill', process: process(), forMs },
      { kind: 'restart', process: process() },
      { kind: 'wall-clock', process: process(), jumpMs: (random() - 0.5) * 7_200_000 },
      { kind: 'redis', server: server(), what: among(['flush', 'restore', 'dump']) },
      { kind: 'redis', server: server(), what: among(['flush', 'restore', 'dump']) },
      { kind: 'redis-down', server: server(), as: among(['silent', 'away']), forMs },
      { kind: 'redis-clock', server: server(), jumpMs: (random() - 0.5) * 10_000 },
      { kind: 'messages', trouble: { lost: share(), doubled: share(), late: share() }, forMs },
      { kind: 'log-down', as: among(['silent', 'away']), forMs },
      { kind: 'log-loses-answers', share: 0.2 + random() * 0.6, forMs },
      { kind: 'log-loses-answers', share: 0.2 + random() * 0.6, forMs },
    ]);
    steps.push({ at, ...fault });
  }
  steps.push(...parts.faults(lengthMs, buyers, mode));
  const maxPurchasesInMemory = random() < 0.2 ? 1 + upTo(10) : 1_000_000;
  const sorted = steps.sort((a, b) => a.at - b.at);
  const { faults: _, isCalm: __, ...more } = parts;
  return { seed, mode, processes, redisServers, terms, maxPurchasesInMemory, steps: sorted, ...more };
}
