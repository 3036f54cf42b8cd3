import type { ConcertEvent } from './events/events.js';

/** A decision: the result for the caller, and the events to append (none for a refusal or a replay). */
export type Decision<Result> = readonly [result: Result, events: readonly ConcertEvent[]];
