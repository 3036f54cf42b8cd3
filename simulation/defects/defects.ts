import type { Defect } from './defect.js';
import { ofReadModels, ofStock } from './of-read-side.js';

const ofStates: readonly Defect[] = [
  {
    name: 'ids-of-tickets',
    seed: 46,
    what: 'event ids derive from type, purchase and ticket: another decision passes for a repeat of the first',
    file: 'domain/ids.js',
    text: "toUuid(batch + place.toString(16).padStart(4, '0'), 8)",
    instead: 'toUuid(digestOf([event.type, event.data.purchaseId, event.data.ticketNumber].join()), 8)',
  },
  {
    name: 'any-revision',
    seed: 2,
    what: 'appends carry no expected revision',
    file: 'commands/state/concert-log.js',
    text: 'this.store.append(concertId, expected, batch)',
    instead: "this.store.append(concertId, 'any', batch)",
  },
  {
    name: 'unknown-as-busy',
    seed: 406,
    what: 'an append without an answer is told as busy: nothing was sold',
    file: 'commands/deciding/decide-and-append.js',
    text: 'unavailable(result.problem)',
    instead: "{ kind: 'busy', retryAfterSeconds: 1 }",
  },
];

const ofRefusals: readonly Defect[] = [
  {
    name: 'refusal-from-memory',
    seed: 10,
    what: 'a refusal is believed on the state in memory, without a read of the log',
    file: 'commands/deciding/no-append-fast-path.js',
    text: 'await this.#current.get(command.concertId)',
    instead: 'cached',
  },
  {
    name: 'refusal-on-assumed-state',
    seed: 518,
    what: 'a refusal is believed on the state that an append was to prove',
    file: 'commands/deciding/decide-with-retry.js',
    text: 'let isCurrent = cached === undefined && loader.loadsConfirmed;',
    instead: 'let isCurrent = true;',
  },
  {
    name: 'refusal-from-redis',
    seed: 10,
    what: 'a refusal is believed when Redis names no newer revision, without a read of the log',
    file: 'commands/deciding/no-append-fast-path.js',
    text: 'loader.confirm(concertId)',
    instead: 'loader.load(concertId)',
  },
  {
    name: 'look-up-in-flight',
    seed: 153,
    what: 'a caller shares a read of the log that began before the call',
    file: 'waiting/shared-lookups.js',
    text: 'const running = this.#running.get(key);',
    instead: 'const running = this.#running.get(key); if (running !== undefined) return running.outcome;',
  },
  {
    name: 'owner-refusal-unread',
    seed: 10,
    what: 'an owner refuses on its own state, without a look at the end of the log',
    file: 'commands/ownership/owner-batch.js',
    text: "newest.revision === state.revision ? result : 'behind'",
    instead: 'result',
  },
];

const ofTheQueue: readonly Defect[] = [
  {
    name: 'older-entries-sold',
    seed: null,
    what: 'what a Redis that came back older has in its queue is decided as if it were new',
    file: 'commands/queue/entries.js',
    text: "arrival.stale ?? (this.#isAnswered(state.concertId, history, arrival.id) ? 'older' : null)",
    instead: 'null',
  },
  {
    name: 'overdue-as-busy',
    seed: null,
    what: 'an entry past its deadline is told busy, though an earlier owner may still sell it',
    file: 'commands/queue/entries.js',
    text: "entry.why === 'overdue' && isFenced",
    instead: "entry.why === 'overdue'",
  },
  {
    name: 'kept-before-log',
    seed: null,
    what: 'a kept refusal is believed before the log',
    file: 'commands/queue/concert-line.js',
    text: 'fromLog ?? (kept === null ? null : entry.waiter.handed.readOutcome(kept))',
    instead: '(kept === null ? null : entry.waiter.handed.readOutcome(kept)) ?? fromLog',
  },
  {
    name: 'stays-in-line',
    seed: 114,
    what: 'a buyer who is decided without the queue leaves the entry there',
    file: 'commands/queue/concert-line.js',
    text: 'await queue.leave(concertId, entryId, token, id).catch(',
    instead: 'true; Promise.resolve().catch(',
  },
  {
    name: 'left-unasked',
    seed: 114,
    what: 'a refusal without the queue is final, though the entry may still be there',
    file: 'commands/queue/concert-line.js',
    text: 'if (!left)',
    instead: 'if (false)',
  },
  {
    name: 'left-as-busy',
    seed: 83,
    what: 'a purchase that left the queue and met no lock is told busy',
    file: 'commands/queue/concert-line.js',
    text: "if (outcome.kind === 'busy')",
    instead: 'if (false)',
  },
  {
    name: 'left-without-second-look',
    seed: null,
    what: 'a refusal without the queue is not checked against the log once more',
    file: 'commands/queue/concert-line.js',
    text: 'const isFinal = events.length === 0',
    instead: 'return outcome; const isFinal = events.length === 0',
  },
  {
    name: 'reply-after-leaving',
    seed: null,
    what: "an owner's refusal is told to a buyer whose purchase is being decided without the queue",
    file: 'commands/queue/waiter.js',
    text: '!this.#isLeaving ||',
    instead: 'true ||',
  },
  {
    name: 'place-decided-twice',
    seed: 238,
    what: 'a purchase with a place is decided without the queue when Redis is lost',
    file: 'commands/queue/concert-line.js',
    text: 'waiter.hasPlace ? unavailable(problem) : await leaveLine(this.context, waiter)',
    instead: 'await leaveLine(this.context, waiter)',
  },
  {
    name: 'unreadable-entry',
    seed: 2,
    what: 'an entry of another version stops the queue',
    file: 'commands/queue/entries.js',
    text: "if (read === null)\n            return { kind: 'dropped', arrival, why: 'unreadable', mayBeDone: true };",
    instead: "if (read === null)\n            throw new Error('unreadable');",
  },
  {
    name: 'lost-reply',
    seed: null,
    what: 'a buyer whose reply is lost is not looked up',
    file: 'commands/queue/concert-line.js',
    text: 'this.context.clock.monotonic() >= this.#lookUpAt',
    instead: 'false',
  },
];

const ofOwners: readonly Defect[] = [
  {
    name: 'entries-with-cancellations',
    seed: null,
    what: 'entries of the queue share a batch with cancellations',
    file: 'commands/ownership/concert-owner.js',
    text: 'const isApart = read.entries.length > 0 && this.#line.some(({ isShared }) => !isShared);',
    instead: 'const isApart = false;',
  },
  {
    name: 'state-after-entries',
    seed: null,
    what: 'an owner keeps its state over a lock that others had meanwhile',
    file: 'commands/ownership/concert-owner.js',
    text: 'await this.lease.yieldLock();\n        this.#isCurrent = false;',
    instead: 'await this.lease.yieldLock();',
  },
  {
    name: 'no-sweep',
    seed: 7,
    what: 'a queue that no process waits for is left alone',
    file: 'commands/queue/sweep.js',
    text: 'if (!this.#mayDrain(concertId))',
    instead: 'if (true)',
  },
  {
    name: 'claim-never-lost',
    seed: null,
    what: 'an owner that was paused does not ask whether it still is one',
    file: 'commands/ownership/lease.js',
    text: 'return this.context.clock.monotonic() < this.#claimedUntil;',
    instead: 'return true;',
  },
];

const ofTime: readonly Defect[] = [
  {
    name: 'wall-clock-waits',
    seed: 46,
    what: 'pauses and deadlines are measured by the wall clock',
    file: 'waiting/backoff.js',
    text: 'const deadline = clock.monotonic() + totalMs;',
    instead:
      'clock = { ...clock, monotonic: () => Date.parse(clock.wallTime()), random: clock.random }; const deadline = clock.monotonic() + totalMs;',
  },
  {
    name: 'turn-not-given-back',
    seed: 4,
    what: 'the turn of a caller that found Redis away is never passed on',
    file: 'commands/deciding/with-lock.js',
    text: 'acquired.release();',
    instead: '',
  },
];

const ofHolds: readonly Defect[] = [
  {
    name: 'holds-not-swept',
    seed: 22,
    what: 'a hold expires only when somebody appends',
    file: 'commands/holds/hold-sweep.js',
    text: 'const expiry = nextExpiryAt(concert);',
    instead: 'return; const expiry = nextExpiryAt(concert);',
  },
  {
    name: 'expiry-without-offer',
    seed: 4,
    what: 'what an expired hold gives back is not offered in the same append',
    file: 'domain/holds/due.js',
    text: 'offers(evolve(promised.concert, expired), now, left)',
    instead: '{ events: [], concert: evolve(promised.concert, expired) }',
  },
  {
    name: 'lapsed-without-event',
    seed: 25,
    what: 'a confirmation is refused as lapsed without the expiry in the log',
    file: 'domain/holds/confirm-hold.js',
    text: 'return [result, [expiry, ...offered.events, ...events]];',
    instead: "return [result, result.kind === 'refused' ? [] : [expiry, ...offered.events, ...events]];",
  },
];

export const defects: readonly Defect[] = [
  ...ofStates,
  ...ofRefusals,
  ...ofTheQueue,
  ...ofOwners,
  ...ofTime,
  ...ofHolds,
  ...ofReadModels,
  ...ofStock,
];
