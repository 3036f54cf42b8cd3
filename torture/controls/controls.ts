import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import type { CrowdShape } from '../crowd/plan.js';

/** Text to replace in a compiled file of `src`; it must occur once. */
export interface Patch {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

/** A build that breaks a rule, to see that the judge notices. */
export interface Control {
  readonly name: string;
  readonly what: string;
  readonly patches: readonly Patch[];
  readonly fault: string;
  /** The variant of the fault, by number; else the seeds take them in turn. */
  readonly variant?: number;
  /** The mode of the second concert. */
  readonly mode: PurchaseMode;
  readonly shape?: Partial<CrowdShape>;
  /** One of these must be named. */
  readonly expects: readonly string[];
}

const everyTenth = 'globalThis.__count = (globalThis.__count ?? 0) + 1, globalThis.__count % 10 === 0';

export const controls: readonly Control[] = [
  {
    name: 'unsafe',
    what: 'mode unsafe: no expected revision, each decides for itself',
    patches: [],
    fault: 'F9',
    mode: 'unsafe',
    expects: ['I1', 'I2', 'I3', 'I4', 'I8'],
  },
  {
    name: 'any-revision',
    what: 'appends carry no expected revision while owners are paused',
    patches: [
      {
        file: 'commands/state/concert-log.js',
        text: 'this.store.append(concertId, expected, batch)',
        instead: "this.store.append(concertId, 'any', batch)",
      },
    ],
    fault: 'F2',
    mode: 'optimistic',
    expects: ['I1', 'I2', 'I3', 'I4', 'I5', 'I8'],
  },
  {
    name: 'random-ids',
    what: 'each try of an append has ids of its own, and no expected revision, while answers are lost',
    patches: [
      {
        file: 'event-store/append.js',
        text: 'client.appendToStream(streamName, encoded, { expectedRevision: toRevision(expected) })',
        instead:
          'client.appendToStream(streamName, encoded.map((each) => ({ ...each, id: crypto.randomUUID() })), { expectedRevision: ANY })',
      },
    ],
    fault: 'F6',
    mode: 'batch',
    expects: ['I2', 'I8'],
  },
  {
    name: 'random-ids-alone',
    what: 'each try of an append has ids of its own: what was lost is decided again',
    patches: [
      {
        file: 'event-store/append.js',
        text: 'client.appendToStream(streamName, encoded, {',
        instead:
          'client.appendToStream(streamName, encoded.map((each) => ({ ...each, id: crypto.randomUUID() })), {',
      },
    ],
    // The key of a purchase and the id of a hold show a repeat. An extension has neither, and counts each time.
    fault: 'F6',
    variant: 0,
    // Each request is an append of its own here, so that more of them lose their answers.
    mode: 'optimistic',
    shape: { perSecond: 60, holders: 1, onlyFate: 'extend' },
    expects: ['I7'],
  },
  {
    name: 'ids-without-content',
    what: 'event ids derive from purchase and ticket alone: another decision passes for a repeat',
    patches: [
      {
        file: 'domain/ids.js',
        text: "toUuid(batch + place.toString(16).padStart(4, '0'), 8)",
        instead:
          'toUuid(digestOf([event.type, event.data.purchaseId ?? batch + place, event.data.ticketNumber].join()), 8)',
      },
    ],
    fault: 'F9',
    mode: 'optimistic',
    // One purchase in a batch, and another of the same key in that of another process.
    shape: { perSecond: 20, everywhere: 0, rivals: 0.9 },
    expects: ['I5', 'I8'],
  },
  {
    name: 'I1',
    what: 'sells what is not there',
    patches: [
      { file: 'domain/tickets/stock.js', text: 'if (left <= 0)', instead: 'if (left <= -20)' },
      { file: 'domain/tickets/stock.js', text: 'left < quantity ?', instead: 'false ?' },
    ],
    fault: 'F12',
    mode: 'batch',
    expects: ['I1'],
  },
  {
    name: 'I2',
    what: 'leaves out a ticket number now and then',
    patches: [
      {
        file: 'domain/tickets/sold-tickets.js',
        text: 'number: lastTicketNumber + 1 + i',
        instead: 'number: lastTicketNumber + (lastTicketNumber % 20 === 19 ? 2 : 1) + i',
      },
    ],
    fault: 'F12',
    mode: 'batch',
    expects: ['I2'],
  },
  {
    name: 'I3',
    what: 'gives no VIP seat to the fifth ticket',
    patches: [
      {
        file: 'domain/tickets/sold-tickets.js',
        text: 'seat: seats[i] ?? null',
        instead: 'seat: lastTicketNumber + i === 4 ? null : (seats[i] ?? null)',
      },
    ],
    fault: 'F12',
    mode: 'batch',
    expects: ['I3'],
  },
  {
    name: 'I4',
    what: 'forgets the limit of a customer',
    patches: [
      { file: 'domain/tickets/stock.js', text: 'if (held + quantity > limit)', instead: 'if (false)' },
    ],
    fault: 'F12',
    mode: 'batch',
    shape: { perSecond: 60 },
    expects: ['I4'],
  },
  {
    name: 'I5',
    what: 'acknowledges one batch in ten before it is in the log, and loses it',
    patches: [
      {
        file: 'commands/deciding/decide-and-append.js',
        text: 'const result = await log.append(',
        instead: `const result = (${everyTenth}) ? { kind: 'appended' } : await log.append(`,
      },
    ],
    fault: 'F12',
    mode: 'lock',
    expects: ['I5'],
  },
  {
    name: 'I6',
    what: 'tells one batch in ten as busy, nothing sold, although it is in the log',
    patches: [
      {
        file: 'commands/deciding/decide-and-append.js',
        text: "return { kind: 'decided', count, concert, appended: true };",
        instead: `return (${everyTenth}) ? { kind: 'busy', retryAfterSeconds: 1 } : { kind: 'decided', count, concert, appended: true };`,
      },
    ],
    // A fault that leaves no call without an answer, which could be the cause of the sale as well.
    fault: 'F8',
    mode: 'optimistic',
    expects: ['I6'],
  },
  {
    name: 'I7',
    what: 'never answers a repeat of what it sold',
    patches: [
      {
        file: 'domain/purchase.js',
        text: 'isPurchase(earlier) && isSameRequest(earlier, command)',
        instead: 'unanswerable(earlier) && isSameRequest(earlier, command)',
      },
      {
        file: 'domain/purchase.js',
        text: 'export const wouldSell',
        instead:
          'function unanswerable() { throw new Error("no answer to a repeat"); }\nexport const wouldSell',
      },
    ],
    fault: 'F6',
    mode: 'lock',
    expects: ['I7'],
  },
  {
    name: 'I8',
    what: 'takes each request for a purchase of its own, whatever its key',
    patches: [
      {
        file: 'commands/purchase-command.js',
        text: 'purchaseIdOf(concertId, idempotencyKey);',
        instead: 'purchaseIdOf(concertId, idempotencyKey + Math.random());',
      },
    ],
    fault: 'F6',
    mode: 'batch',
    expects: ['I8'],
  },
  {
    name: 'I9',
    what: 'tells a revision that the log has not reached',
    patches: [
      {
        file: 'domain/purchase.js',
        text: 'concert.revision + BigInt(events.length)) },',
        instead: 'concert.revision + BigInt(events.length) + 9n) },',
      },
    ],
    fault: 'F12',
    mode: 'lock',
    expects: ['I9'],
  },
  {
    name: 'I10',
    what: 'forgets the seats of tickets in the read model',
    patches: [
      {
        file: 'projections/models/tickets.js',
        text: 'ticket.seat = event.data.seat;',
        instead: 'ticket.seat = null;',
      },
    ],
    fault: 'F8',
    mode: 'batch',
    expects: ['I10'],
  },
  {
    name: 'I11',
    what: 'publishes one ticket too many',
    patches: [
      {
        file: 'redis/stock-cache.js',
        text: 'const values = [...stocks.values()]',
        instead:
          'const values = [...stocks.values()].map((each) => ({ ...each, remaining: each.remaining + 1 }))',
      },
    ],
    fault: 'F3',
    mode: 'batch',
    expects: ['I11'],
  },
  {
    name: 'I12',
    what: 'serves the queue from its end',
    patches: [
      {
        file: 'commands/queue/entries.js',
        text: 'arrivals.map((arrival) =>',
        instead: 'arrivals.toReversed().map((arrival) =>',
      },
    ],
    fault: 'F12',
    mode: 'batch',
    shape: { perSecond: 90 },
    expects: ['I12'],
  },
  {
    name: 'I13',
    what: 'sells a ticket less than was held',
    patches: [
      {
        file: 'domain/holds/confirm-hold.js',
        text: 'nextTickets(concert, quantity, seats)',
        instead: 'nextTickets(concert, Math.max(1, quantity - 1), seats)',
      },
    ],
    fault: 'F12',
    mode: 'batch',
    expects: ['I13'],
  },
  {
    name: 'I14',
    what: 'lets holds expire five seconds late',
    patches: [{ file: 'domain/holds/promised.js', text: 'graceMs = 500;', instead: 'graceMs = 5_000;' }],
    fault: 'F12',
    mode: 'batch',
    expects: ['I14'],
  },
  {
    name: 'I15',
    what: 'offers nothing to customers who wait',
    patches: [
      {
        file: 'domain/holds/promised.js',
        text: 'return next !== undefined && windowRefusal(concert, now) === undefined ? next : undefined;',
        instead: 'return undefined;',
      },
    ],
    fault: 'F12',
    mode: 'batch',
    expects: ['I15'],
  },
];
