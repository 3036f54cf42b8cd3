import type { Known } from './decide.js';
import { metastreamOf } from './decide.js';
import type { Log, Occurrence } from './log.js';
import { type AppendRequest, NO_STREAM, type RecordedEvent } from './model.js';

const MAX_HEADS = 50_000;

/** Last revisions of the streams written to of late. The log is asked about every other stream. */
export class Heads {
  private readonly heads = new Map<string, bigint>();

  constructor(private readonly log: Log) {}

  /** Learns the heads of these streams; those it holds stay, the oldest others make room. */
  async learn(streams: readonly string[]): Promise<Map<string, bigint>> {
    const missing = streams.filter((stream) => !this.heads.has(stream));
    const found = missing.length === 0 ? new Map<string, bigint>() : await this.log.heads(missing);
    for (const stream of missing) this.heads.set(stream, found.get(stream) ?? NO_STREAM);
    const learnt = new Map(streams.map((stream) => [stream, this.heads.get(stream) ?? NO_STREAM]));
    this.trim();
    return learnt;
  }

  /** To be called with what was committed, and only then. */
  committed(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      this.heads.delete(event.stream);
      this.heads.set(event.stream, event.revision);
    }
    this.trim();
  }

  forget(): void {
    this.heads.clear();
  }

  private trim(): void {
    for (const stream of this.heads.keys()) {
      if (this.heads.size <= MAX_HEADS) break;
      this.heads.delete(stream);
    }
  }
}

/** What is known to the appends of one commit: the log as it stands, and what those before them stage. */
export class Snapshot implements Known {
  /** By stream, then by event id. */
  private readonly revisions = new Map<string, Map<string, bigint[]>>();

  private constructor(
    private readonly heads: Map<string, bigint>,
    occurrences: readonly Occurrence[],
  ) {
    for (const { stream, eventId, revision } of occurrences) this.add(stream, eventId, revision);
  }

  static async of(requests: readonly AppendRequest[], heads: Heads, log: Log): Promise<Snapshot> {
    const known = await heads.learn([...new Set(requests.flatMap(streamsOf))]);
    const ids = requests.filter((request) => mayRepeat(request, known)).flatMap(idsOf);
    return new Snapshot(known, ids.length === 0 ? [] : await log.occurrences([...new Set(ids)]));
  }

  head(stream: string): bigint {
    return this.heads.get(stream) ?? NO_STREAM;
  }

  revisionsOf(stream: string, eventId: string): readonly bigint[] {
    return this.revisions.get(stream)?.get(eventId) ?? [];
  }

  stage(event: RecordedEvent): void {
    this.heads.set(event.stream, event.revision);
    this.add(event.stream, event.id, event.revision);
  }

  private add(stream: string, eventId: string, revision: bigint): void {
    const ofStream = this.revisions.get(stream) ?? new Map<string, bigint[]>();
    this.revisions.set(stream, ofStream);
    const ofEvent = ofStream.get(eventId);
    if (ofEvent === undefined) ofStream.set(eventId, [revision]);
    else ofEvent.push(revision);
  }
}

const idsOf = (request: AppendRequest) => request.events.map((event) => event.id);

const streamsOf = ({ stream, expected }: AppendRequest) =>
  expected === 'stream-exists' ? [stream, metastreamOf(stream)] : [stream];

/** Only these can meet events of theirs that were committed earlier; the rest are settled by what is staged. */
function mayRepeat({ stream, expected }: AppendRequest, heads: Map<string, bigint>): boolean {
  const head = heads.get(stream) ?? NO_STREAM;
  if (expected === 'any' || expected === 'stream-exists') return head > NO_STREAM;
  return (expected === 'no-stream' ? NO_STREAM : expected) < head;
}
