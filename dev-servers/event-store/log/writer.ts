import pg from 'pg';
import { checkExpectedRevision } from './check-expected-revision.js';
import { metastreamOf, originalOf, settingsIn, targetOf, undeleting } from './deletion.js';
import { type Log, positionAfter } from './log.js';
import {
  type AppendOutcome,
  type AppendRequest,
  LAST,
  type ProposedEvent,
  type RecordedEvent,
  Unstorable,
} from './model.js';
import type { StreamEnds } from './stream-ends.js';
import { Heads, StagedLogView } from './stream-heads.js';
import type { Tail } from './tail.js';

/** The bounds of the queue, in appends and bytes: beyond either, callers wait for room. */
const MAX_QUEUED_APPENDS = 4_096;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

/** The bounds of one commit; a single append may be larger. */
const MAX_COMMIT_EVENTS = 8_192;
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;

/** Errors of Postgres that the data cause: data exceptions, and limits of the program. */
const UNSTORABLE = /^(22|54)/;

interface Queued {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The log's only writer. It takes all appends that arrived while its last commit was in
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
    private readonly ends: StreamEnds,
    private next: bigint,
  ) {
    this.heads = new Heads(log);
  }

  /** Resolves when the queue has room. Callers await it before they receive an append, which bounds the queue. */
  async room(): Promise<void> {
    while (this.queue.length >= MAX_QUEUED_APPENDS || this.queuedBytes >= MAX_QUEUED_BYTES)
      await new Promise<void>((resolve) => this.roomWanted.push(resolve));
  }

  /**
   * Resolves when the append is durable, or is known to have written nothing.
   * @throws when the commit failed or the writer has stopped: the outcome is then unknown
   */
  append(request: AppendRequest): Promise<AppendOutcome> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    return new Promise((resolve, reject) => {
      const bytes = request.events.reduce(
        (size, { data, metadata }) => size + data.length + metadata.length,
        0,
      );
      this.queue.push({ request, bytes, resolve, reject });
      this.queuedBytes += bytes;
      this.running ??= this.run();
    });
  }

  /** Takes no more appends; resolves when those in flight are answered. */
  async stop(reason: Error): Promise<void> {
    this.stopped ??= reason;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0) await this.commit(this.take());
    this.running = undefined;
  }

  private take(): Queued[] {
    let events = 0;
    let bytes = 0;
    const beyond = this.queue.findIndex((queued, index) => {
      events += queued.request.events.length;
      bytes += queued.bytes;
      return index > 0 && (events > MAX_COMMIT_EVENTS || bytes > MAX_COMMIT_BYTES);
    });
    const taken = this.queue.splice(0, beyond === -1 ? this.queue.length : beyond);
    this.queuedBytes -= taken.reduce((size, queued) => size + queued.bytes, 0);
    for (const resolve of this.roomWanted.splice(0)) resolve();
    return taken;
  }

  /** All answers wait for the commit, also refusals that rest on its events: nothing is reported before it is durable. */
  private async commit(taken: readonly Queued[]): Promise<void> {
    try {
      const snapshot = await StagedLogView.of(
        taken.map(({ request }) => request),
        this.heads,
        this.log,
      );
      const staged: RecordedEvent[] = [];
      const outcomes = taken.map(({ request }) => this.judge(request, snapshot, staged));
      if (staged.length > 0) await this.log.write(staged);
      this.heads.committed(snapshot);
      this.ends.committed(staged);
      this.tail.publish(staged);
      for (const [index, outcome] of outcomes.entries()) taken[index]?.resolve(outcome);
    } catch (error) {
      this.heads.forget();
      this.ends.forget();
      await this.settleFailed(taken, error);
    }
  }

  /** An append that cannot be stored must not fail the others of its commit: then each is tried alone. */
  private async settleFailed(taken: readonly Queued[], error: unknown): Promise<void> {
    const unstorable = error instanceof pg.DatabaseError && UNSTORABLE.test(error.code ?? '');
    if (unstorable && taken.length > 1) for (const each of taken) await this.commit([each]);
    else for (const { reject } of taken) reject(unstorable ? new Unstorable(error.message) : error);
  }

  private judge(request: AppendRequest, snapshot: StagedLogView, staged: RecordedEvent[]): AppendOutcome {
    if (request.abandoned) return { kind: 'abandoned' };
    const decision = checkExpectedRevision(request, snapshot);
    if (decision !== 'write') return decision;
    const undeleted = undeletion(request, snapshot);
    const target = targetOf(request);
    let revision = request.deletion === 'tombstone' ? LAST - 1n : snapshot.head(target);
    let position: bigint | undefined;
    for (const proposed of request.events) {
      revision += 1n;
      position = this.stage(proposed, target, revision, snapshot, staged);
    }
    if (undeleted !== null) {
      const { event, stream } = undeleted;
      this.stage(event, stream, snapshot.head(stream) + 1n, snapshot, staged);
    }
    return position === undefined ? { kind: 'appended', revision } : { kind: 'appended', revision, position };
  }

  /** @returns the position of the event */
  private stage(
    { id, type, isJson, data, metadata }: ProposedEvent,
    stream: string,
    revision: bigint,
    snapshot: StagedLogView,
    staged: RecordedEvent[],
  ): bigint {
    const position = this.next;
    const event = { position, stream, revision, id, type, isJson, created: Date.now(), data, metadata };
    this.next = positionAfter(event);
    staged.push(event);
    snapshot.stage(event);
    return position;
  }
}

/** The metadata event that undoes the deletion of a stream, where the append is to that stream or to its metadata; else null. */
function undeletion(
  { stream, events, deletion }: AppendRequest,
  view: StagedLogView,
): { readonly stream: string; readonly event: ProposedEvent } | null {
  if (deletion !== undefined) return null;
  const own = view.deletedBy(stream);
  if (own !== null) return { stream: metastreamOf(stream), event: undeleting(own, view.head(stream) + 1n) };
  const original = originalOf(stream);
  const before = original === null ? null : view.deletedBy(original);
  if (original === null || before === null) return null;
  const last = events.at(-1);
  const settings = last === undefined ? before : settingsIn(last.data);
  return { stream, event: undeleting(settings, view.head(original) + 1n) };
}
