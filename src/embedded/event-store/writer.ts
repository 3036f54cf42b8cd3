import { decide } from './decide.js';
import { Heads, Snapshot } from './known.js';
import { type Log, positionAfter } from './log.js';
import type { AppendOutcome, AppendRequest, RecordedEvent } from './model.js';
import type { Tail } from './tail.js';

/** Beyond either, callers are to wait for room. */
const MAX_QUEUED_APPENDS = 4_096;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

/** What one commit takes at most; one append alone may be larger. */
const MAX_COMMIT_EVENTS = 8_192;
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;

interface Queued {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (reason: Error) => void;
}

type Settled = readonly [Queued, AppendOutcome];

/**
 * The only one who writes to the log. It takes all appends that arrived while its last commit was in
 * flight, judges them in order of arrival, and commits what they add in one statement: so positions are
 * assigned in commit order, and appends in flight share the cost of a commit.
 */
export class Writer {
  private queue: Queued[] = [];
  private queuedBytes = 0;
  private running: Promise<void> | undefined;
  private stopped: Error | undefined;
  private roomWanted: (() => void)[] = [];
  private readonly heads: Heads;

  /** @param next the first position that is free */
  constructor(
    private readonly log: Log,
    private readonly tail: Tail,
    private next: bigint,
  ) {
    this.heads = new Heads(log);
  }

  /** True while callers are to wait, with `onRoom`, before they append. */
  get isFull(): boolean {
    return this.queue.length >= MAX_QUEUED_APPENDS || this.queuedBytes >= MAX_QUEUED_BYTES;
  }

  /** Calls back once the queue has been taken up. */
  onRoom(callback: () => void): void {
    this.roomWanted.push(callback);
  }

  /**
   * Resolves when the append is durable, or is known to have written nothing.
   * @throws when the commit failed or the writer has stopped: the outcome is then unknown
   */
  append(request: AppendRequest): Promise<AppendOutcome> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    return new Promise((resolve, reject) => {
      const bytes = request.events.reduce(
        (size, event) => size + event.data.length + event.metadata.length,
        0,
      );
      this.queue.push({ request, bytes, resolve, reject });
      this.queuedBytes += bytes;
      this.running ??= this.run();
    });
  }

  /** Takes no more appends; resolves when those in flight are settled. */
  async stop(reason: Error): Promise<void> {
    this.stopped ??= reason;
    await this.running;
  }

  private async run(): Promise<void> {
    await undefined;
    while (this.queue.length > 0) await this.commit(this.take());
    this.running = undefined;
  }

  private take(): Queued[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const queued of this.queue) {
      events += queued.request.events.length;
      bytes += queued.bytes;
      if (count > 0 && (events > MAX_COMMIT_EVENTS || bytes > MAX_COMMIT_BYTES)) break;
      count++;
    }
    const taken = this.queue.slice(0, count);
    this.queue = this.queue.slice(count);
    this.queuedBytes -= taken.reduce((size, queued) => size + queued.bytes, 0);
    for (const callback of this.roomWanted.splice(0)) callback();
    return taken;
  }

  /** What is not durable is not told: all answers wait for the commit, refusals that rest on it among them. */
  private async commit(taken: Queued[]): Promise<void> {
    try {
      const staged: RecordedEvent[] = [];
      const settled = await this.judge(taken, staged);
      if (staged.length > 0) {
        await this.log.write(staged);
        this.heads.committed(staged);
        this.tail.publish(staged);
      }
      for (const [queued, outcome] of settled) queued.resolve(outcome);
    } catch (error) {
      this.heads.forget();
      for (const queued of taken) queued.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private async judge(taken: Queued[], staged: RecordedEvent[]): Promise<Settled[]> {
    const requests = taken.map((queued) => queued.request);
    const snapshot = await Snapshot.of(requests, this.heads, this.log);
    const repeated: { queued: Queued; stream: string; revision: bigint }[] = [];
    const settled: Settled[] = [];
    const created = Date.now();
    for (const queued of taken) {
      const { request } = queued;
      if (request.abandoned) {
        settled.push([queued, { kind: 'abandoned' }]);
        continue;
      }
      const decision = decide(request, snapshot);
      if (decision.kind === 'wrong')
        settled.push([queued, { kind: 'wrong-expected-revision', current: decision.current }]);
      else if (decision.kind === 'repeated')
        repeated.push({ queued, stream: request.stream, revision: decision.revision });
      else settled.push([queued, this.stage(request, decision.after, created, snapshot, staged)]);
    }
    return [...settled, ...(await this.settleRepeated(repeated, staged))];
  }

  private stage(
    { stream, events }: AppendRequest,
    after: bigint,
    created: number,
    snapshot: Snapshot,
    staged: RecordedEvent[],
  ): AppendOutcome {
    let revision = after;
    let position: bigint | undefined;
    for (const proposed of events) {
      revision += 1n;
      position = this.next;
      const { id, type, isJson, data, metadata } = proposed;
      const event = { position, stream, revision, id, type, isJson, created, data, metadata };
      this.next = positionAfter(event);
      staged.push(event);
      snapshot.stage(event);
    }
    return { kind: 'appended', revision, ...(position === undefined ? {} : { position }) };
  }

  /** A repetition is answered with what the first append was: the position of its own last event. */
  private async settleRepeated(
    repeated: readonly { queued: Queued; stream: string; revision: bigint }[],
    staged: readonly RecordedEvent[],
  ): Promise<Settled[]> {
    if (repeated.length === 0) return [];
    const inStaged = ({ stream, revision }: { stream: string; revision: bigint }) =>
      staged.find((event) => event.stream === stream && event.revision === revision);
    const earlier = repeated.filter((one) => inStaged(one) === undefined);
    const positions = earlier.length === 0 ? [] : await this.log.positionsOf(earlier);
    const positionOf = new Map(earlier.map((one, index) => [one, positions[index]]));
    return repeated.map((one) => {
      const position = inStaged(one)?.position ?? positionOf.get(one);
      return [
        one.queued,
        { kind: 'appended', revision: one.revision, ...(position === undefined ? {} : { position }) },
      ] as const;
    });
  }
}
