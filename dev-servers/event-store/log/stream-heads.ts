import { LRUCache } from 'lru-cache';
import type { LogView, Place } from './check-expected-revision.js';
import { isSoftlyDeleted, metastreamOf, originalOf, type Settings, settingsIn } from './deletion.js';
import type { Log } from './log.js';
import { type AppendRequest, NO_STREAM, type RecordedEvent } from './model.js';

const MAX_HEADS = 50_000;

/** What the next write to a stream is judged by. */
interface Head {
  readonly revision: bigint;
  /** The stream's metadata, where they delete it. */
  readonly deletedBy: Settings | null;
}

const ABSENT: Head = { revision: NO_STREAM, deletedBy: null };

/** The heads of recently written streams. The log is asked about every other stream. */
export class Heads {
  private readonly heads = new LRUCache<string, Head>({ max: MAX_HEADS });

  constructor(private readonly log: Log) {}

  async of(streams: readonly string[]): Promise<Map<string, Head>> {
    const missing = streams.filter((stream) => !this.heads.has(stream));
    const found = new Map<string, Head>();
    for (const [stream, revision, metadata] of missing.length === 0 ? [] : await this.log.heads(missing))
      found.set(stream, { revision: revision ?? NO_STREAM, deletedBy: deletedBy(metadata) });
    return new Map(streams.map((stream) => [stream, this.heads.get(stream) ?? found.get(stream) ?? ABSENT]));
  }

  /** Notes what was staged. Must be called after its commit only. */
  committed(view: StagedLogView): void {
    for (const [stream, head] of view.written()) this.heads.set(stream, head);
  }

  forget(): void {
    this.heads.clear();
  }
}

function deletedBy(metadata: Uint8Array | null): Settings | null {
  if (metadata === null) return null;
  const settings = settingsIn(metadata);
  return isSoftlyDeleted(settings) ? settings : null;
}

/** What the appends of one commit are judged by: the log as it is, and the events that the appends before them stage. */
export class StagedLogView implements LogView {
  private readonly byStream = new Map<string, Map<string, Place[]>>();
  private readonly touched = new Set<string>();

  private constructor(private readonly heads: Map<string, Head>) {}

  static async of(requests: readonly AppendRequest[], heads: Heads, log: Log): Promise<StagedLogView> {
    const found = await heads.of([...new Set(requests.flatMap(streamsOf))]);
    // An append to a deleted stream writes its metadata too.
    const deleted = [...found].flatMap(([stream, head]) => (head.deletedBy === null ? [] : [stream]));
    const more = deleted.map(metastreamOf).filter((stream) => !found.has(stream));
    if (more.length > 0) for (const [stream, head] of await heads.of(more)) found.set(stream, head);
    const view = new StagedLogView(found);
    const ids = requests
      .filter((request) => view.mayHold(request))
      .flatMap((request) => request.events.map((event) => event.id));
    for (const { stream, eventId, ...place } of ids.length === 0 ? [] : await log.occurrences(ids))
      view.add(stream, eventId, place);
    return view;
  }

  head(stream: string): bigint {
    return this.of(stream).revision;
  }

  /** The stream's metadata, where they delete it. */
  deletedBy(stream: string): Settings | null {
    return this.of(stream).deletedBy;
  }

  isSoftlyDeleted(stream: string): boolean {
    return this.deletedBy(stream) !== null;
  }

  places(stream: string, eventId: string): readonly Place[] {
    return this.byStream.get(stream)?.get(eventId) ?? [];
  }

  stage({ stream, id, revision, position, data }: RecordedEvent): void {
    this.set(stream, { ...this.of(stream), revision });
    const original = originalOf(stream);
    if (original !== null) this.set(original, { ...this.of(original), deletedBy: deletedBy(data) });
    this.add(stream, id, { revision, position });
  }

  /** The heads that staged events have changed. */
  *written(): Generator<[string, Head]> {
    for (const stream of this.touched) yield [stream, this.of(stream)];
  }

  private of(stream: string): Head {
    return this.heads.get(stream) ?? ABSENT;
  }

  private set(stream: string, head: Head): void {
    this.heads.set(stream, head);
    this.touched.add(stream);
  }

  /** Only these appends can repeat events that were committed earlier; the others are judged by the staged events. */
  private mayHold({ stream, expected, deletion }: AppendRequest): boolean {
    if (deletion !== undefined) return false;
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

/** The streams whose heads decide on a request, and those that it writes. */
function streamsOf({ stream, expected, deletion }: AppendRequest): string[] {
  const original = originalOf(stream);
  const needsMetadata = expected === 'stream-exists' || deletion === 'soft';
  return [stream, ...(needsMetadata ? [metastreamOf(stream)] : []), ...(original === null ? [] : [original])];
}
