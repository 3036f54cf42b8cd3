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

/** The metadata of every event of onsale; encoded once. */
const metadata = new TextEncoder().encode(JSON.stringify({ schemaVersion: SCHEMA_VERSION }));

export function encode(event: IdentifiedEvent | EventCopy) {
  if (!('event' in event)) return jsonEvent<JSONEventType<string, JSONType>>({ ...event });
  const { type, data } = event.event;
  return jsonEvent({ id: event.id, type, data, metadata });
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
