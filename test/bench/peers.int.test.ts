import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { LoadGenerators } from '../../bench/load/load-generators.js';
import { OwnRedis } from '../../bench/peers/own-redis.js';
import type { PeerName } from '../../bench/peers/peers.js';
import { startPeer } from '../../bench/systems/peer.js';
import type { System } from '../../bench/systems/system.js';
import { takeWrongAnswers } from '../support/check-every-answer.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

// Peers have the service's answers, and a few routes of their own.
afterEach(() => void takeWrongAnswers());

async function open(name: PeerName, redisUrl = testServers().redisUrl): Promise<System> {
  const peer = await startPeer(name, { ...testServers(), redisUrl, namespace: uniqueNamespace() });
  onTestFinished(() => peer.stop());
  return peer;
}

const load = LoadGenerators.start(1);
afterAll(() => load.stop());

async function sell(peer: System, capacity: number, customers: number) {
  const sale = await peer.schedule({ capacity, vipSeats: 0 });
  const { url } = peer;
  const common = { url, paths: [sale.path], prefix: randomUUID(), inFlight: 16, durationMs: 10_000, seed: 1 };
  const result = await load.run({ ...common, kind: 'crowd', customers, impatienceMs: 5_000, tries: 3 });
  return { ...result, verdict: await sale.judge(result.observations), later: await sale.soldLater?.() };
}

describe('what the service is measured beside', () => {
  it.each(['pg-for-update', 'pg-conditional', 'redis-lua'] as const)(
    '%s sells every ticket once, and no customer two, while a crowd asks, some of it twice',
    async (name) => {
      const { counts, verdict } = await sell(await open(name), 30, 100);
      expect(verdict).toMatchObject({ broken: [], stored: 30, unsettled: 0 });
      expect(counts.accepted).toBeGreaterThanOrEqual(30);
      expect(counts.refused).toBeGreaterThanOrEqual(70);
    },
  );

  it('redis-sorted-set sells every ticket once, later', async () => {
    const { counts, verdict, later } = await sell(await open('redis-sorted-set'), 30, 100);
    expect(counts.accepted).toBe(0);
    expect(verdict).toMatchObject({ broken: [], stored: 30 });
    expect(later).toBe(30);
  });

  it('raw-append stores whatever it is sent, and says so truthfully', async () => {
    const { verdict } = await sell(await open('raw-append'), 30, 100);
    // A tenth of the customers ask twice: nobody checks here, which is what makes it a yardstick and not a rival.
    expect(verdict).toMatchObject({ stored: 110, duplicateCustomers: 10, duplicateTickets: 0 });
  });

  it('noop and bare-http take a purchase and keep nothing', async () => {
    for (const name of ['noop', 'bare-http'] as const) {
      const { counts, verdict } = await sell(await open(name), 30, 50);
      expect(counts.accepted).toBe(55);
      expect(verdict.stored).toBeNull();
    }
  });

  it('redis-lua loses sales that it acknowledged when Redis is killed before its job has run', async () => {
    const redis = await OwnRedis.start();
    onTestFinished(() => redis.stop());
    const peer = await open('redis-lua', redis.url);
    // The job looks every tenth of a second; a kill right after the answer comes before it in most rounds.
    for (let round = 0; round < 20; round++) {
      const sale = await peer.schedule({ capacity: 10, vipSeats: 0 });
      const observations = await buyOnce(peer.url, sale.path);
      await redis.kill();
      await redis.startAgain();
      const { lostAcknowledged, broken } = await sale.judge([observations]);
      if (lostAcknowledged === 1) return expect(broken).toEqual(['lostAcknowledged: 1']);
    }
    throw new Error('nothing was lost in 20 rounds');
  });
});

async function buyOnce(url: string, path: string) {
  const key = randomUUID();
  const answer = await request(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ customerId: key }),
  });
  const { purchaseId } = (await answer.body.json()) as { purchaseId: string };
  expect(answer.statusCode).toBe(201);
  const accepted = { kind: 'accepted', purchaseId, ticketNumbers: [1], revision: 1n } as const;
  return { key, customerId: key, concert: 0, sentAt: 0, endedAt: 1, answer: accepted };
}
