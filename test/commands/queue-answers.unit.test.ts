import { expect, it } from 'vitest';
import { PendingCommandOf } from '../../src/commands/pending-command.js';
import { purchaseCommand } from '../../src/commands/purchase-command.js';
import { toAnswer } from '../../src/commands/queue/entries.js';
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
