import { isKnownType, problemOfShape } from './event-shapes.js';
import type { ConcertEvent, ConcertEventType } from './events.js';

/** Version of the event shapes in events.ts. Every change of a shape raises it and adds a step to `upcasters`. */
export const SCHEMA_VERSION = 1;

/** An event as it was stored. */
export interface StoredEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: unknown;
  /** The concert whose stream the event is in. */
  readonly concertId: string;
}

export type Upcast =
  | { readonly ok: true; readonly event: ConcertEvent }
  | { readonly ok: false; readonly problem: string };

type Shape = Readonly<Record<string, unknown>>;

/** Turns a shape of version n (the index, from 1) into version n + 1. */
const upcasters: readonly ((type: ConcertEventType, data: Shape) => Shape)[] = [];

interface Replaced {
  readonly by: ConcertEventType;
  readonly shape: (data: Shape) => Shape;
}

/** Types of events that are no longer written, and the types that took their place. */
const replaced: Readonly<Record<string, Replaced>> = {
  HoldExpired: { by: 'HoldsExpired', shape: ({ holdId, ...data }) => ({ ...data, holdIds: [holdId] }) },
};

/**
 * Upcasts an event to the current shape and checks it; no other code does. An event that this version does not know, or whose
 * data do not fit its type or stream, is a problem and is not skipped: a decision without it could oversell.
 */
export function upcast({ type: stored, schemaVersion, data, concertId }: StoredEvent): Upcast {
  const former = Object.hasOwn(replaced, stored) ? replaced[stored] : undefined;
  const type = former?.by ?? stored;
  if (!isKnownType(type)) return { ok: false, problem: `unknown event type ${type}` };
  if (!(schemaVersion >= 1 && schemaVersion <= SCHEMA_VERSION)) {
    return {
      ok: false,
      problem: `${type} has schema version ${schemaVersion}; this onsale knows 1 to ${SCHEMA_VERSION}`,
    };
  }
  if (typeof data !== 'object' || data === null) return { ok: false, problem: `${type} has no data` };
  let shape = former?.shape(data as Shape) ?? (data as Shape);
  for (const step of upcasters.slice(schemaVersion - 1)) shape = step(type, shape);
  const problem = problemOfShape(type, shape);
  if (problem !== null) return { ok: false, problem };
  if (shape.concertId !== concertId) {
    return { ok: false, problem: `${type} names concert ${shape.concertId}, which is not its stream's` };
  }
  return { ok: true, event: { type, data: shape } as ConcertEvent };
}
