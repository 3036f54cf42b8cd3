import type { ConcertEvent } from './events/events.js';

/** What a decider answers: the result to tell the caller, and the events to append (none for a refusal or repeat). */
export type Decision<Result> = readonly [result: Result, events: readonly ConcertEvent[]];
