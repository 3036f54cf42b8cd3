import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PurchaseRequest } from '../../src/commands/commands.js';
import { decideAndAppend } from '../../src/commands/deciding/decide-and-append.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { PendingCommandOf } from '../../src/commands/pending-command.js';
import { purchaseCommand } from '../../src/commands/purchase-command.js';
import { systemClock } from '../../src/waiting/clock.js';
import { concertTerms, countingObserver, type WriteSide } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();
const rounds = 20;
/** Nobody listens there. */
const noRedis = 'redis://127.0.0.1:1';

/** As a client does it: told to come back later, it comes back with the same key. */
async function insist({ commands }: WriteSide, asked: PurchaseRequest): Promise<PurchaseOutcome> {
  for (;;) {
    const outcome = await commands.purchase(asked);
    if (outcome.kind !== 'busy') return outcome;
  }
}

/** Two customers send one key at the same moment, again and again; what they were told is compared with the log. */
async function raceForKeys(sides: readonly [WriteSide, WriteSide]): Promise<void> {
  const concertId = randomUUID();
  await sides[0].commands.schedule(concertTerms(concertId, { capacity: 10_000, vipSeats: 3 }));
  await Promise.all(sides.map((side) => insist(side, request(concertId, 'first'))));
  for (let round = 0; round < rounds; round++) {
    const idempotencyKey = `key ${round}`;
    const asked = sides.map((_, i) => request(concertId, `customer ${round}/${i}`, { idempotencyKey }));
    const outcomes = await Promise.all(
      sides.map((side, i) => insist(side, asked[i] ?? request(concertId, 'nobody'))),
    );
    expect(outcomes.map(kindOf).sort()).toEqual(['accepted', 'key-reused']);
    const accepted = outcomes.findIndex(({ kind }) => kind === 'accepted');
    const { holdings, live } = await sides[0].fold(concertId);
    expect(holdings.get(`customer ${round}/${accepted}`)).toBe(1);
    expect(live).toBe(round + 2);
  }
}

it('mode optimistic: of two customers with one key at the same moment, one buys and one is told of it', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'optimistic' });
  await raceForKeys([side, side]);
});

it('mode batch, two processes without Redis: of two customers with one key, one buys and one is told of it', async () => {
  const options = {
    namespace: uniqueNamespace(),
    purchaseMode: 'batch' as const,
    servers: { ...testServers(), redisUrl: noRedis },
  };
  await raceForKeys([await writeSide(options), await writeSide(options)]);
});

/** Two processes decide on one state in the same millisecond, on requests that came in the same millisecond. */
async function twoDeciders() {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'optimistic' });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId));
  const base = await side.fold(concertId);
  const at = new Date().toISOString();
  const { observer } = countingObserver();
  const decide = (...customers: string[]) =>
    decideAndAppend(
      { log: side.log, clock: { ...systemClock, wallTime: () => at }, observer, onAppended: () => {} },
      base,
      customers.map(
        (name) => new PendingCommandOf(purchaseCommand(request(concertId, name, { arrivedAt: at }))),
      ),
    );
  return { decide, fold: () => side.fold(concertId) };
}

it('an append that is the beginning of what another process has written there is a conflict', async () => {
  const { decide, fold } = await twoDeciders();
  const first = await decide('ann', 'bob');
  expect(first).toMatchObject({ kind: 'decided', concert: { revision: (await fold()).revision } });
  expect(await decide('ann')).toEqual({ kind: 'conflict' });
});

it('an append that is just what another process has written there is a conflict: others may have followed', async () => {
  const { decide } = await twoDeciders();
  expect(await decide('ann', 'bob')).toMatchObject({ kind: 'decided' });
  expect(await decide('ann', 'bob')).toEqual({ kind: 'conflict' });
});
