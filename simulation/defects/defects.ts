import type { Defect } from './defect.js';
import { ofOwners, ofTheQueue } from './of-queue.js';
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
    text: 'offers(evolveExpiry(promised.concert, expired, lapsed), now, left)',
    instead: '{ events: [], concert: evolveExpiry(promised.concert, expired, lapsed) }',
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
