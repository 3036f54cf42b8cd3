import { problemOfShape } from './event-shapes.js';
import type { ConcertEvent, ConcertEventType } from './events.js';

/** Version of the event shapes in events.ts. Raise it with every change of shape and add the step in `upcasters`. */
export const SCHEMA_VERSION = 1;

/** An event as it was stored. */
export interface StoredEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: unknown;
  /** Of whose stream it is. */
  readonly concertId: string;
}

export type Upcast =
  | { readonly ok: true; readonly event: ConcertEvent }
  | { readonly ok: false; readonly problem: string };

type Shape = Readonly<Record<string, unknown>>;

/** Turns a shape of version n (its index, from 1) into one of version n + 1. */
const upcasters: readonly ((type: ConcertEventType, data: Shape) => Shape)[] = [];

const knownTypes: ReadonlySet<string> = new Set<ConcertEventType>([
  'ConcertScheduled',
  'CapacityChanged',
  'TicketReserved',
  'VipAssigned',
  'PurchaseCancelled',
  'SalesClosed',
  'ConcertCancelled',
]);

const isKnown = (type: string): type is ConcertEventType => knownTypes.has(type);

/**
 * The one place where old shapes become today's, and are checked. An event that this version does not know, or whose data do
 * not fit its type or its stream, is a problem, not something to skip: deciding without understanding the log could oversell.
 */
export function upcast({ type, schemaVersion, data, concertId }: StoredEvent): Upcast {
  if (!isKnown(type)) return { ok: false, problem: `unknown event type ${type}` };
  if (!(schemaVersion >= 1 && schemaVersion <= SCHEMA_VERSION)) {
    return {
      ok: false,
      problem: `${type} has schema version ${schemaVersion}; this onsale knows 1 to ${SCHEMA_VERSION}`,
    };
  }
  if (typeof data !== 'object' || data === null) return { ok: false, problem: `${type} has no data` };
  let shape = data as Shape;
  for (const step of upcasters.slice(schemaVersion - 1)) shape = step(type, shape);
  const problem = problemOfShape(type, shape);
  if (problem !== null) return { ok: false, problem };
  if (shape.concertId !== concertId) {
    return { ok: false, problem: `${type} is of concert ${shape.concertId}, not of its stream's` };
  }
  return { ok: true, event: { type, data: shape } as ConcertEvent };
}
