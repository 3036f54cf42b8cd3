import { LRUCache } from 'lru-cache';
import { type LogView, metastreamOf, type Place } from './check-expected-revision.js';
import type { Log } from './log.js';
import { type AppendRequest, NO_STREAM, type RecordedEvent } from './model.js';

const MAX_HEADS = 50_000;

/** Last revisions of recently written streams. The log is asked about every other stream. */
export class Heads {
  private readonly heads = new LRUCache<string, bigint>({ max: MAX_HEADS });

  constructor(private readonly log: Log) {}

  async of(streams: readonly string[]): Promise<Map<string, bigint>> {
    const missing = streams.filter((stream) => !this.heads.has(stream));
    const found = missing.length === 0 ? new Map<string, bigint>() : await this.log.heads(missing);
    return new Map(
      streams.map((stream) => [stream, this.heads.get(stream) ?? found.get(stream) ?? NO_STREAM]),
    );
  }

  /** Notes committed events. Must be called after their commit only. */
  committed(events: readonly RecordedEvent[]): void {
    for (const event of events) this.heads.set(event.stream, event.revision);
  }

  forget(): void {
    this.heads.clear();
  }
}

/** What the appends of one commit are judged by: the log as it is, and the events that the appends before them stage. */
export class StagedLogView implements LogView {
  private readonly byStream = new Map<string, Map<string, Place[]>>();

  private constructor(private readonly heads: Map<string, bigint>) {}

  static async of(requests: readonly AppendRequest[], heads: Heads, log: Log): Promise<StagedLogView> {
    const snapshot = new StagedLogView(await heads.of([...new Set(requests.flatMap(streamsOf))]));
    const ids = requests
      .filter((request) => snapshot.mayHold(request))
      .flatMap((request) => request.events.map((event) => event.id));
    for (const { stream, eventId, ...place } of ids.length === 0 ? [] : await log.occurrences(ids))
      snapshot.add(stream, eventId, place);
    return snapshot;
  }

  head(stream: string): bigint {
    return this.heads.get(stream) ?? NO_STREAM;
  }

  places(stream: string, eventId: string): readonly Place[] {
    return this.byStream.get(stream)?.get(eventId) ?? [];
  }

  stage({ stream, id, revision, position }: RecordedEvent): void {
    this.heads.set(stream, revision);
    this.add(stream, id, { revision, position });
  }

  /** Only these appends can repeat events that were committed earlier; the others are judged by the staged events. */
  private mayHold({ stream, expected }: AppendRequest): boolean {
    if (expected === 'any' || expected === 'stream-exists') return this.head(stream) > NO_STREAM;
    return (expected === 'no-stream' ? NO_STREAM : expected) < this.head(stream);
  }

  private add(stream: string, eventId: string, place: Place): void {
    const ofStream = this.byStream.get(stream) ?? new Map<string, Place[]>();
    this.byStream.set(stream, ofStream);
    const places = ofStream.get(eventId);
    if (places === undefined) ofStream.set(eventId, [place]);
    else places.push(place);
  }
}

const streamsOf = ({ stream, expected }: AppendRequest) =>
  expected === 'stream-exists' ? [stream, metastreamOf(stream)] : [stream];
