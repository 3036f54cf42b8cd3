import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../src/commands/ports.js';
import type { IdentifiedEvent } from '../../src/domain/ids.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { concertTerms } from '../support/services.js';

/** What the write side relies on in a log. Each adapter of `EventLog` passes it. */
export function eventLogContract(open: () => Promise<EventLog>): void {
  const given = async (count = 0) => {
    const log = await open();
    const concertId = randomUUID();
    const events = [
      scheduled(concertId),
      ...Array.from({ length: count }, (_, i) => reserved(concertId, i + 1)),
    ];
    return { log, concertId, events };
  };
  const writtenIn = async (log: EventLog, concertId: string) => idsOf(await eventsOf(log, concertId));

  it('a stream that nobody wrote to is empty', async () => {
    const { log, concertId } = await given();
    expect(await eventsOf(log, concertId)).toEqual([]);
    expect(await log.readLast(concertId)).toBeNull();
  });

  it('what was appended is read as it was written, in order, from any revision', async () => {
    const { log, concertId, events } = await given(3);
    expect(await log.append(concertId, -1n, events)).toEqual({ kind: 'appended', revision: 3n });
    const read = await eventsOf(log, concertId);
    expect(read.map(({ id, revision }) => [id, revision])).toEqual(
      events.map(({ id }, i) => [id, BigInt(i)]),
    );
    expect(read.map(({ decoded }) => decoded)).toEqual(events.map(({ event }) => ({ ok: true, event })));
    expect(new Set(read.map((event) => event.concertId))).toEqual(new Set([concertId]));
    expect(idsOf(await eventsOf(log, concertId, 2n))).toEqual(idsOf(events.slice(2)));
    expect(idsOf(await eventsOf(log, concertId, 1n, 2))).toEqual(idsOf(events.slice(1, 3)));
    expect(await eventsOf(log, concertId, 4n)).toEqual([]);
    expect((await log.readLast(concertId))?.id).toBe(events.at(-1)?.id);
  });

  it('a stream of many pages is read without a gap', async () => {
    const { log, concertId, events } = await given(40);
    await log.append(concertId, -1n, events);
    expect(await writtenIn(log, concertId)).toEqual(idsOf(events));
    expect(idsOf(await eventsOf(log, concertId, 5n, 33))).toEqual(idsOf(events.slice(5, 38)));
  });

  it('streams are apart', async () => {
    const { log, concertId, events } = await given(1);
    const other = randomUUID();
    await log.append(concertId, -1n, events);
    expect(await log.append(other, -1n, [scheduled(other)])).toEqual({ kind: 'appended', revision: 0n });
    expect(await writtenIn(log, concertId)).toEqual(idsOf(events));
  });

  it('an append at another revision than the last writes nothing', async () => {
    const { log, concertId, events } = await given(2);
    await log.append(concertId, -1n, events);
    for (const expected of [-1n, 0n, 1n, 3n, 100n]) {
      const result = await log.append(concertId, expected, [reserved(concertId, 9)]);
      expect({ expected, result }).toEqual({ expected, result: { kind: 'wrong-revision' } });
    }
    expect(await writtenIn(log, concertId)).toEqual(idsOf(events));
  });

  it('of appends at one revision at the same time, one is written', async () => {
    const { log, concertId, events } = await given();
    await log.append(concertId, -1n, events);
    const rivals = Array.from({ length: 5 }, (_, i) => [
      reserved(concertId, i + 1),
      reserved(concertId, i + 1),
    ]);
    const results = await Promise.all(rivals.map((rival) => log.append(concertId, 0n, rival)));
    const winner = results.findIndex(({ kind }) => kind === 'appended');
    expect(results.map(({ kind }) => kind).sort()).toEqual(['appended', ...Array(4).fill('wrong-revision')]);
    expect(await writtenIn(log, concertId)).toEqual(idsOf([...events, ...(rivals[winner] ?? [])]));
  });

  describe('after b1 = 0–2 at no stream and b2 = 3–4 at 2, ids that were written before', () => {
    const twoBatches = async () => {
      const { log, concertId, events } = await given(4);
      await log.append(concertId, -1n, events.slice(0, 3));
      await log.append(concertId, 2n, events.slice(3));
      const [a, b, c, d, e] = events;
      if (!(a && b && c && d && e)) throw new Error('five events are needed');
      return { log, concertId, events, a, b, c, d, e, x: reserved(concertId, 9) };
    };
    type Batches = Awaited<ReturnType<typeof twoBatches>>;

    it.each<[name: string, expected: bigint, batch: (given: Batches) => IdentifiedEvent[], revision: bigint]>(
      [
        ['b1 again', -1n, ({ a, b, c }) => [a, b, c], 2n],
        ['b2 again', 2n, ({ d, e }) => [d, e], 4n],
        ['the beginning of b1', -1n, ({ a, b }) => [a, b], 1n],
        ['the rest of b1', 0n, ({ b, c }) => [b, c], 2n],
        ['the end of b1 and the beginning of b2', 1n, ({ c, d }) => [c, d], 3n],
        ['all', -1n, ({ a, b, c, d, e }) => [a, b, c, d, e], 4n],
      ],
    )(
      'at the revisions where they stand succeed and write nothing: %s',
      async (_name, expected, batch, revision) => {
        const batches = await twoBatches();
        const { log, concertId, events } = batches;
        expect(await log.append(concertId, expected, batch(batches))).toEqual({ kind: 'appended', revision });
        expect(await writtenIn(log, concertId)).toEqual(idsOf(events));
      },
    );

    it.each<[name: string, expected: bigint, batch: (given: Batches) => IdentifiedEvent[]]>([
      ['one revision off', 0n, ({ a, b, c }) => [a, b, c]],
      ['in another order', -1n, ({ a, b, c }) => [b, a, c]],
      ['with another event after them', 1n, ({ c, d, e, x }) => [c, d, e, x]],
      ['with another event before them', -1n, ({ b, c, x }) => [x, b, c]],
      ['with another event among them', -1n, ({ a, c, x }) => [a, x, c]],
    ])('elsewhere are a wrong revision: %s', async (_name, expected, batch) => {
      const batches = await twoBatches();
      const { log, concertId, events } = batches;
      expect(await log.append(concertId, expected, batch(batches))).toEqual({ kind: 'wrong-revision' });
      expect(await writtenIn(log, concertId)).toEqual(idsOf(events));
    });

    it('with other content succeed, and the content stays', async () => {
      const { log, concertId, d, e, events } = await twoBatches();
      const forged = [d, e].map(({ id }, i) => ({ ...reserved(concertId, 50 + i), id }));
      expect(await log.append(concertId, 2n, forged)).toEqual({ kind: 'appended', revision: 4n });
      expect((await eventsOf(log, concertId)).map(({ decoded }) => decoded)).toEqual(
        events.map(({ event }) => ({ ok: true, event })),
      );
    });

    it('at the end of the stream are written again', async () => {
      const { log, concertId, a, events } = await twoBatches();
      expect(await log.append(concertId, 4n, [a])).toEqual({ kind: 'appended', revision: 5n });
      expect(await writtenIn(log, concertId)).toEqual(idsOf([...events, a]));
    });

    it('at any revision succeed wherever they stand, if all do', async () => {
      const { log, concertId, b, d, x, events } = await twoBatches();
      expect(await log.append(concertId, 'any', [b, d])).toEqual({ kind: 'appended', revision: 3n });
      expect(await log.append(concertId, 'any', [b, x])).toEqual({ kind: 'wrong-revision' });
      expect(await writtenIn(log, concertId)).toEqual(idsOf(events));
      expect(await log.append(concertId, 'any', [x])).toEqual({ kind: 'appended', revision: 5n });
    });
  });
}

const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);

async function eventsOf(
  log: EventLog,
  concertId: string,
  from = 0n,
  count?: number,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of log.read(concertId, from, count)) events.push(...page);
  return events;
}

const at = '2026-01-01T20:00:00.000Z';

const scheduled = (concertId: string): IdentifiedEvent => ({
  id: randomUUID(),
  event: { type: 'ConcertScheduled', data: { ...concertTerms(concertId), scheduledAt: at } },
});

const reserved = (concertId: string, ticketNumber: number): IdentifiedEvent => ({
  id: randomUUID(),
  event: {
    type: 'TicketReserved',
    data: {
      ...{ concertId, purchaseId: randomUUID(), customerId: 'ann', ticketNumber },
      ...{ idempotencyKey: randomUUID(), arrivedAt: at, decidedAt: at },
    },
  },
});
