import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventAudit } from '../../src/domain/audit/event-audit.js';
import { auditHistory, type ClientObservation } from '../../src/domain/audit/history-audit.js';
import { compareArrivals, countInversions } from '../../src/domain/audit/inversions.js';
import { LogAudit } from '../../src/domain/audit/log-audit.js';
import { LogModel } from '../../src/domain/audit/log-model.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { NOW } from '../support/scenario.js';
import { cancelled, reserved, scheduled, vip } from './concert-events.js';
import { confirmed, ended, held, withHolds } from './hold-events.js';
import { holdLog } from './random-holds.js';

const violatedIn = (...events: readonly ConcertEvent[]): readonly string[] => {
  const audit = new LogAudit();
  for (const event of events) audit.add(event);
  return audit.findings().flatMap(({ verdict, invariant }) => (verdict === 'violated' ? [invariant] : []));
};

describe('the audit of a log', () => {
  const sale = [scheduled(), reserved('ann', 1), vip('ann', 1, 'VIP-1'), reserved('bob', 2)];

  it('finds nothing in a sale by the rules, releases included', () => {
    expect(violatedIn(...sale)).toEqual([]);
    expect(
      violatedIn(
        ...sale,
        cancelled('ann', [1], ['VIP-1']),
        reserved('cid', 3),
        vip('cid', 3, 'VIP-1'),
        reserved('dan', 4),
      ),
    ).toEqual([]);
  });

  it('finds an oversale', () => {
    expect(
      violatedIn(scheduled({ capacity: 1, vipSeats: 0 }), reserved('ann', 1), reserved('bob', 2)),
    ).toEqual(['I1']);
  });

  it('finds a number sold twice, and a gap', () => {
    expect(violatedIn(...sale, reserved('cid', 2))).toEqual(['I2']);
    expect(violatedIn(scheduled({ vipSeats: 0 }), reserved('ann', 1), reserved('bob', 3))).toEqual(['I2']);
  });

  it('finds a VIP seat that is missing, late or given out twice', () => {
    expect(violatedIn(scheduled(), reserved('ann', 1), reserved('bob', 2))).toEqual(['I3']);
    expect(violatedIn(scheduled(), reserved('ann', 1))).toEqual(['I3']);
    expect(violatedIn(...sale, vip('bob', 2, 'VIP-2'))).toEqual(['I3']);
    expect(violatedIn(scheduled({ vipSeats: 2 }), ...sale.slice(1), vip('bob', 2, 'VIP-1'))).toEqual(['I3']);
  });

  it('finds a customer with more than the limit', () => {
    expect(
      violatedIn(...sale, reserved('bob', 3, { purchaseId: 'another', idempotencyKey: 'another' })),
    ).toEqual(['I4']);
  });

  it('finds a key that bought twice', () => {
    expect(violatedIn(...sale, reserved('cid', 3, { idempotencyKey: 'key-of-ann' }))).toEqual(['I8']);
  });
});

describe('the audit of a log with holds', () => {
  it('finds nothing where the deciders made it', () => {
    fc.assert(
      fc.property(holdLog, (events) => {
        expect(violatedIn(...events)).toEqual([]);
      }),
    );
  });

  it('finds that more is sold and held than there is', () => {
    const log = [withHolds({ capacity: 1 }), held('ann'), reserved('bob', 1)];
    expect(violatedIn(...log)).toEqual(['I1']);
    expect(violatedIn(withHolds({ capacity: 1 }), reserved('bob', 1), held('ann'))).toEqual(['I1']);
    expect(
      violatedIn(withHolds({ capacity: 1 }), held('ann'), ended('HoldsExpired', 'ann'), reserved('bob', 1)),
    ).toEqual([]);
  });

  it('finds that a customer has and holds more than the limit', () => {
    expect(violatedIn(withHolds(), held('ann'), reserved('ann', 1))).toEqual(['I4']);
    expect(violatedIn(withHolds(), reserved('ann', 1), held('ann'))).toEqual(['I4']);
  });

  it('takes the sale of a confirmed hold for what it says, also after sales were closed', () => {
    const holdId = purchaseIdOf('c1', 'key-of-ann');
    const confirmation = confirmed('ann', 'payment-1');
    const log: readonly ConcertEvent[] = [
      withHolds(),
      held('ann', { holdId }),
      { type: 'SalesClosed', data: { concertId: 'c1', closedAt: NOW } },
      { ...confirmation, data: { ...confirmation.data, holdId } } as ConcertEvent,
      reserved('ann', 1, { purchaseId: holdId }),
    ];
    const audit = new EventAudit();
    const model = new LogModel();
    for (const [i, event] of log.entries()) {
      audit.at(BigInt(i));
      const before = model.before(event);
      audit.add(BigInt(i), event, model.add(event), before);
    }
    expect(audit.finding(4n)).toMatchObject({ verdict: 'pass', examples: [] });
  });
});

describe('the audit of what buyers were told', () => {
  const told = (
    key: string,
    sentAt: number,
    endedAt: number,
    answer: ClientObservation['answer'],
  ): ClientObservation => ({
    key,
    sentAt,
    endedAt,
    answer,
  });
  const accepted = (purchaseId: string, revision: bigint): ClientObservation['answer'] => ({
    kind: 'accepted',
    purchaseId,
    ticketNumbers: [1],
    revision,
  });
  const log = new Map([['a', { purchaseId: 'pa', ticketNumbers: [1] }]]);
  const violatedIn = (...history: readonly ClientObservation[]) =>
    auditHistory(history, log).findings.flatMap(({ verdict, invariant }) =>
      verdict === 'violated' ? [invariant] : [],
    );

  it('finds nothing where the log agrees', () => {
    expect(
      violatedIn(
        told('a', 0, 1, { kind: 'none' }),
        told('a', 2, 3, accepted('pa', 1n)),
        told('b', 4, 5, { kind: 'refused' }),
      ),
    ).toEqual([]);
  });

  it('finds an acknowledged sale that is lost', () => {
    expect(violatedIn(told('z', 0, 1, accepted('pz', 1n)))).toEqual(['I5']);
  });

  it('finds a refused purchase that was sold, unless an earlier request is still open', () => {
    expect(violatedIn(told('a', 0, 1, { kind: 'refused' }))).toEqual(['I6']);
    expect(violatedIn(told('a', 0, 1, { kind: 'none' }), told('a', 2, 3, { kind: 'refused' }))).toEqual([]);
  });

  it('finds a key that was told two purchases', () => {
    expect(violatedIn(told('a', 0, 1, accepted('pa', 1n)), told('a', 2, 3, accepted('pb', 2n)))).toEqual([
      'I8',
    ]);
  });

  it('finds an order that contradicts the clock', () => {
    const both = new Map([...log, ['b', { purchaseId: 'pb', ticketNumbers: [1] }]]);
    const verdict = (first: bigint, second: bigint) =>
      auditHistory(
        [told('a', 0, 1, accepted('pa', first)), told('b', 2, 3, accepted('pb', second))],
        both,
      ).findings.at(-1)?.verdict;
    expect(verdict(1n, 2n)).toBe('pass');
    expect(verdict(2n, 1n)).toBe('violated');
  });

  it('counts what was never settled', () => {
    expect(auditHistory([told('a', 0, 1, { kind: 'none' })], log).unsettled).toBe(1);
  });
});

describe('counting inversions', () => {
  it('agrees with counting every pair', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (served) => {
        const pairs = served.flatMap((a, i) => served.slice(i + 1).filter((b) => a > b)).length;
        expect(countInversions(served, (a, b) => a - b)).toBe(pairs);
      }),
    );
  });

  it('orders queue ids as numbers, and the clock where there is no queue', () => {
    const at = (queueId: string) => ({ arrivedAt: '', queueId });
    expect(compareArrivals(at('9-0'), at('10-0'))).toBeLessThan(0);
    expect(compareArrivals(at('10-9'), at('10-10'))).toBeLessThan(0);
    expect(compareArrivals(at('10-1'), at('10-1'))).toBe(0);
    expect(
      compareArrivals({ arrivedAt: '2026-01-01T00:00:00Z' }, { arrivedAt: '2026-01-01T00:00:01Z' }),
    ).toBeLessThan(0);
  });
});
