export interface QueueEntry {
  readonly id: string;
  /** Rises by one with each entry, as long as the queue is not empty. */
  readonly number: number;
  /** Of the server that the entry was written to. */
  readonly history: string;
  readonly purchaseId: string;
  readonly replyTo: string;
  readonly token: string;
  readonly entry: string;
  /** By the server's clock, in ms; null without one. */
  readonly deadline: number | null;
}

/** One concert's queue, as Redis holds it. */
export interface QueueData {
  entries: readonly QueueEntry[];
  /** Of the last entry that the stream ever had: milliseconds and sequence. */
  lastId: readonly [ms: number, sequence: number];
  /** The id of each purchase's latest entry. */
  readonly places: Map<string, string>;
  readonly kept: Map<string, { readonly outcome: string; readonly at: number }>;
  owner: { readonly token: string; readonly until: number } | null;
  /** The process that is to own the concert next. */
  next: { readonly process: string; readonly until: number } | null;
  asleepUntil: number;
}

/** All queues of a server. */
export interface QueuesData {
  readonly byConcert: Map<string, QueueData>;
  readonly concerts: Set<string>;
  readonly setAside: string[];
}

export const noQueues = (): QueuesData => ({ byConcert: new Map(), concerts: new Set(), setAside: [] });

export const emptyQueue = (): QueueData => ({
  ...{
    entries: [],
    lastId: [0, 0],
    places: new Map(),
    kept: new Map(),
    owner: null,
    next: null,
    asleepUntil: 0,
  },
});

export const copyOfQueues = ({ byConcert, concerts, setAside }: QueuesData): QueuesData => ({
  byConcert: new Map([...byConcert].map(([concertId, queue]) => [concertId, copyOf(queue)])),
  concerts: new Set(concerts),
  setAside: [...setAside],
});

const copyOf = (queue: QueueData): QueueData => ({
  ...queue,
  places: new Map(queue.places),
  kept: new Map(queue.kept),
});
