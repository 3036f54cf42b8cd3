import { expect, it } from 'vitest';
import { PendingCommandOf } from '../../src/commands/pending-command.js';
import { purchaseCommand } from '../../src/commands/purchase-command.js';
import { QueueEntries, toAnswer } from '../../src/commands/queue/entries.js';
import { writeEntry, writeHoldEntry } from '../../src/commands/queue/entry-message.js';
import type { HandedOutcome, HandedResult } from '../../src/commands/queue/handed-over.js';
import { readOutcome, writeOutcome } from '../../src/commands/queue/outcome-message.js';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { reserved } from '../domain/concert-events.js';
import { held, withHolds } from '../domain/hold-events.js';
import { NOW } from '../support/scenario.js';

/** What the owner answers to a buyer whom it refuses, in the state after these events. */
async function refusedIn(history: readonly ConcertEvent[], isFenced: boolean): Promise<string> {
  const concert = fold(emptyConcert('c1'), history);
  const request = { customerId: 'eve', quantity: 1, idempotencyKey: 'key-of-eve', arrivedAt: NOW };
  const command = new PendingCommandOf<HandedResult>(purchaseCommand({ concertId: 'c1', ...request }));
  expect(command.decide(concert, NOW)).toEqual([]);
  command.resolve(concert);
  const purchaseId = purchaseIdOf('c1', request.idempotencyKey);
  const place = { id: '1-1', purchaseId, replyTo: 'p1', token: '1', entry: '', stale: null } as const;
  const { outcome } = await toAnswer(
    'c1',
    {
      kind: 'command',
      arrival: place,
      command,
      writeOutcome: writeOutcome as (outcome: HandedOutcome) => string,
    },
    isFenced,
  );
  const read = readOutcome(outcome);
  return read?.kind === 'refused' ? read.refusal.reason : String(read?.kind);
}

it('an owner that has not appended gives no final refusal that time alone could turn into a sale', async () => {
  const allHeld = [withHolds({ capacity: 1 }), held('ada')];
  expect(await refusedIn(allHeld, false)).toBe('unavailable');
  expect(await refusedIn(allHeld, true)).toBe('all-held');
});

it('a refusal that time cannot change is final', async () => {
  expect(await refusedIn([withHolds({ capacity: 1 }), reserved('ada', 1)], false)).toBe('sold-out');
});

it('an entry that is overdue is told busy only where the log shows that nobody has carried it out', async () => {
  const concert = fold(emptyConcert('c1'), [withHolds({}), held('ada')]);
  const nothingForgotten = { purchaseOf: async () => undefined };
  const entries = new QueueEntries(nothingForgotten, { queueEntriesDropped: () => {} });
  const toldOf = async (entryId: string, entry: string) => {
    const place = {
      id: '1-1',
      purchaseId: entryId,
      replyTo: 'p1',
      token: '1',
      entry,
      stale: 'overdue',
    } as const;
    const [read] = await entries.toEntries(concert, 'h', [place]);
    if (read?.kind !== 'dropped') throw new Error('expected an entry that is not decided');
    return readOutcome((await toAnswer('c1', read, true)).outcome)?.kind;
  };
  const purchase = { concertId: 'c1', customerId: 'eve', quantity: 1, idempotencyKey: 'k', arrivedAt: NOW };
  expect(await toldOf(purchaseIdOf('c1', 'k'), writeEntry(purchase, true))).toBe('busy');
  // An owner may have confirmed the hold and died: the log has the hold, and not what this entry asked for.
  const call = {
    call: 'confirm',
    concertId: 'c1',
    holdId: 'hold-of-ada',
    reference: 'r',
    arrivedAt: NOW,
  } as const;
  expect(await toldOf('confirm/1', writeHoldEntry(call))).toBe('unavailable');
});
