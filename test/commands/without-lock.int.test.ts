import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { concertTerms } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const openSide = writeSides();
const deadRedis = 'redis://127.0.0.1:1';

it.each(['lock', 'lock-cache', 'batch'] as const)(
  '%s without Redis: purchases of one process take turns, so that none of them conflicts with another',
  async (purchaseMode) => {
    const servers = { ...testServers(), redisUrl: deadRedis };
    const side = await openSide({ namespace: uniqueNamespace(), purchaseMode, servers, lockWaitMs: 60_000 });
    const concertId = randomUUID();
    await side.commands.schedule(concertTerms(concertId));
    const buyers = Array.from({ length: 30 }, (_, i) => `buyer ${i}`);
    const outcomes = await Promise.all(
      buyers.map((buyer) => side.commands.purchase(request(concertId, buyer))),
    );
    expect(outcomes.map(kindOf)).toEqual(buyers.map(() => 'accepted'));
    expect(side.counts.ranWithoutLock).toBeGreaterThan(0);
    expect(side.counts.appendConflicted).toBe(0);
  },
);
