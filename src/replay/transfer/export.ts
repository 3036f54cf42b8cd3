import { createHash } from 'node:crypto';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import {
  Continuity,
  essenceOf,
  eventLine,
  type FirstLine,
  type LastLine,
  NotALogLine,
  pageLine,
  pageSize,
} from './log-lines.js';

type Store = Pick<EventStore, 'read' | 'subscribe'>;

/** The log holds an event that could not be imported; the message names it. */
export class ExportRefused extends Error {
  override readonly name = 'ExportRefused';
}

/** About how much text is yielded at a time, in characters. */
const chunkSize = 64 * 1024;

/**
 * The log up to its end as it is now, as text in the format of log-lines.ts, a few events at a time however long it is.
 * @param concertId null for all concerts, in the order of the log
 * @param onEvents called with the number of events that were written since the last call
 * @returns the figures of the last line
 * @throws {EventStoreUnavailable, ExportRefused} in the middle: the text then has no last line
 */
export async function* exportLog(
  store: Store,
  concertId: string | null,
  onEvents: (events: number) => void = () => {},
): AsyncGenerator<string, LastLine> {
  const hash = createHash('sha256');
  const continuity = new Continuity(concertId);
  const first: FirstLine = { onsale: 'log', version: 2, concertId };
  let chunk = `${JSON.stringify(first)}\n`;
  let [events, told] = [0, 0];
  let page = { events: 0, characters: 0 };
  const soFar = (): LastLine => ({ events, sha256: hash.copy().digest('hex') });
  for await (const recorded of recordedEvents(store, concertId)) {
    chunk += `${lineOf(recorded, continuity)}\n`;
    const essence = essenceOf(recorded);
    hash.update(essence).update('\n');
    events += 1;
    page = { events: page.events + 1, characters: page.characters + essence.length };
    if (page.events >= pageSize.events || page.characters >= pageSize.characters) {
      chunk += `${pageLine(soFar())}\n`;
      page = { events: 0, characters: 0 };
    }
    if (chunk.length < chunkSize) continue;
    yield chunk;
    chunk = '';
    onEvents(events - told);
    told = events;
  }
  const last = soFar();
  yield `${chunk}${JSON.stringify(last)}\n`;
  onEvents(events - told);
  return last;
}

function lineOf(recorded: RecordedEvent, continuity: Continuity): string {
  try {
    continuity.add(recorded);
    return eventLine(recorded);
  } catch (error) {
    if (!(error instanceof NotALogLine)) throw error;
    const { concertId, revision, type } = recorded;
    throw new ExportRefused(
      `${type} of concert ${concertId}, revision ${revision}, could not be imported again: ${error.message}.`,
    );
  }
}

/** The events up to the end of the log as it is now, in order: of all concerts, or of one. */
export async function* recordedEvents(store: Store, concertId: string | null): AsyncGenerator<RecordedEvent> {
  if (concertId !== null) {
    for await (const page of store.read(concertId, 0n)) yield* page;
    return;
  }
  for await (const message of store.subscribe(null, new AbortController().signal)) {
    if (message.kind === 'caught-up') return;
    if (message.kind === 'event') yield message.event;
  }
}
