import {
  type JSONEventType,
  type JSONType,
  jsonEvent,
  type RecordedEvent as StoreEvent,
} from '@eventstore/db-client';
import { SCHEMA_VERSION, upcast } from '../domain/events/upcast.js';
import type { IdentifiedEvent } from '../domain/ids.js';
import type { RecordedEvent } from '../domain/log/recorded-event.js';
import type { StreamNames } from './stream-names.js';

/** An event of another log, to be stored unchanged, whatever its shape. */
export interface EventCopy {
  readonly id: string;
  readonly type: string;
  readonly data: JSONType;
  /** Absent if the log has none. */
  readonly metadata?: Record<string, unknown>;
}

/** An event of onsale, and the span of its append where that is traced. */
export type NewEvent = IdentifiedEvent & { readonly trace?: string };

/** The metadata of every event of onsale that is not traced; encoded once. */
const metadata = new TextEncoder().encode(JSON.stringify({ schemaVersion: SCHEMA_VERSION }));

export function encode(event: NewEvent | EventCopy) {
  if (!('event' in event)) return jsonEvent<JSONEventType<string, JSONType>>({ ...event });
  const { type, data } = event.event;
  const traced =
    event.trace === undefined ? metadata : { schemaVersion: SCHEMA_VERSION, traceparent: event.trace };
  return jsonEvent({ id: event.id, type, data, metadata: traced });
}

/** The span of an event's append; null where it was not traced. */
export function traceOf({ metadata: stored }: Pick<RecordedEvent, 'metadata'>): string | null {
  if (typeof stored !== 'object' || stored === null || !('traceparent' in stored)) return null;
  return typeof stored.traceparent === 'string' ? stored.traceparent : null;
}

export function decode(stored: StoreEvent, names: StreamNames): RecordedEvent {
  const { id, type, revision, created, data, position } = stored;
  const schemaVersion = schemaVersionOf(stored.metadata);
  const concertId = names.concertIdOf(stored.streamId);
  return {
    id,
    concertId,
    type,
    revision,
    position: position ?? null,
    recordedAt: created,
    decoded: upcast({ type, schemaVersion, data, concertId }),
    data,
    metadata: stored.metadata,
  };
}

function schemaVersionOf(stored: unknown): number {
  if (typeof stored !== 'object' || stored === null || !('schemaVersion' in stored)) return Number.NaN;
  return typeof stored.schemaVersion === 'number' ? stored.schemaVersion : Number.NaN;
}
