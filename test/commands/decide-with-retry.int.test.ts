import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { groupCommit } from '../../src/commands/deciding/decide-and-append.js';
import { decideWithRetry, type StateLoader } from '../../src/commands/deciding/decide-with-retry.js';
import { PendingCommandOf } from '../../src/commands/pending-command.js';
import { purchaseCommand } from '../../src/commands/purchase-command.js';
import { uncachedLoader } from '../../src/commands/state/uncached-loader.js';
import type { Concert } from '../../src/domain/concert.js';
import { systemClock } from '../../src/waiting/clock.js';
import { concertTerms, countingObserver } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();

/** A concert with one ticket, and a purchase that is decided on `assumed` first. */
async function given() {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 1, vipSeats: 0 }));
  const { log } = side;
  const { observer, counts } = countingObserver();
  let looks = 0;
  const fromLog = uncachedLoader(log);
  const states: StateLoader = {
    ...fromLog,
    confirm(id) {
      looks += 1;
      return fromLog.confirm(id);
    },
  };
  const buy = async (assumed: Concert): Promise<string> => {
    const pending = new PendingCommandOf(purchaseCommand(request(concertId, 'ann')));
    await decideWithRetry(
      { log, clock: systemClock, observer, onAppended: () => {} },
      states,
      concertId,
      [pending],
      groupCommit,
      assumed,
    );
    const executed = await pending.outcome;
    return executed.kind === 'decided' ? kindOf(executed.result) : executed.kind;
  };
  return {
    commands: side.commands,
    concertId,
    state: () => side.fold(concertId),
    buy,
    cost: () => ({ looks, conflicts: counts.appendConflicted }),
  };
}

it('an assumed state that is the end of the log is sold from without a look', async () => {
  const { state, buy, cost } = await given();
  expect(await buy(await state())).toBe('accepted');
  expect(cost()).toEqual({ looks: 0, conflicts: 0 });
});

it('nothing is sold from an assumed state that others have sold from meanwhile', async () => {
  const { state, buy, cost, commands, concertId } = await given();
  const before = await state();
  expect(kindOf(await commands.purchase(request(concertId, 'bob')))).toBe('accepted');
  expect(await buy(before)).toBe('sold-out');
  expect(cost()).toEqual({ looks: 0, conflicts: 1 });
  expect((await state()).live).toBe(1);
});

it('nobody is refused on an assumed state that is behind', async () => {
  const { state, buy, cost, commands, concertId } = await given();
  expect(kindOf(await commands.purchase(request(concertId, 'bob')))).toBe('accepted');
  const soldOut = await state();
  await commands.change(concertId, { capacity: 2 });
  expect(await buy(soldOut)).toBe('accepted');
  expect(cost()).toEqual({ looks: 1, conflicts: 0 });
});
