import { describe, expect, test } from 'vitest';
import { upcast } from '../../src/domain/events/upcast.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { CachedStock } from '../../src/redis/stock-cache.js';
import { concertId, everyChange, soundSale, storyOfEveryHold, storyWithoutHolds } from './sound-sale.js';

/** The audit is audited: damage of every kind to the log that leaves a trace, one at a time; each has to be found. */

function withData(recorded: RecordedEvent, type: string, data: unknown): RecordedEvent {
  return { ...recorded, type, data, decoded: upcast({ type, schemaVersion: 1, data, concertId }) };
}

/** Only the event itself has the time of an organiser's change. */
const leavesNoTrace = new Set(['changedAt', 'closedAt']);

const laterOf = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{4}-.*Z$/.test(value)
    ? new Date(Date.parse(value) + 1_000).toISOString()
    : undefined;

const upcastOk = (recorded: RecordedEvent, field: string, other: unknown): boolean => {
  const data = { ...(recorded.data as object), [field]: other };
  return upcast({ type: recorded.type, schemaVersion: 1, data, concertId }).ok;
};

/**
 * A decider writes either order, with the same result: how many tickets there are, how long they are held, and whether sales go on
 * are each a term of their own, and none of them says anything of the others.
 */
const isIndependent = (event: RecordedEvent, next: RecordedEvent): boolean =>
  event.type === 'CapacityChanged' && (next.type === 'SalesClosed' || next.type === 'HoldTermsChanged');

describe.each([
  ['without holds', storyWithoutHolds()],
  ['with holds and a waiting list', storyOfEveryHold()],
])('a sale %s', (_, story) => {
  const sound = soundSale(story);

  /** The findings in another log, without the stock cache, which may be behind it. */
  async function violatedInLog(events: readonly RecordedEvent[]): Promise<readonly string[]> {
    const farAhead: CachedStock = { kind: 'stock', stock: { remaining: 0, held: 0, revision: 10_000n } };
    const broken = await sound().violatedIn({
      store: storeOf(events),
      stock: { look: async () => farAhead },
    });
    return broken.filter((invariant) => invariant !== 'I11');
  }

  /** The store with other events in the stream. */
  const storeOf = (events: readonly RecordedEvent[]) => ({
    concertIds: () => sound().side.store.concertIds(),
    readLast: async () => events.at(-1) ?? null,
    async *read(_id: string, from: bigint, most = events.length) {
      yield events.filter(({ revision }) => revision >= from).slice(0, most);
    },
  });

  test('each field of each event, changed to another valid value or an invalid one, is found', async () => {
    const { log } = sound();
    for (const [i, recorded] of log.entries()) {
      const { decoded } = recorded;
      if (!decoded.ok) throw new Error(decoded.problem);
      const data: Readonly<Record<string, unknown>> = { ...decoded.event.data };
      for (const [field, value] of Object.entries(data)) {
        for (const other of [...everyChange(value), laterOf(value)]) {
          if (other === undefined || (leavesNoTrace.has(field) && upcastOk(recorded, field, other))) continue;
          const changed = log.with(i, withData(recorded, recorded.type, { ...data, [field]: other }));
          const broken = await violatedInLog(changed);
          expect({ i, field, other, found: broken.length > 0 }).toEqual({ i, field, other, found: true });
        }
      }
    }
  }, 300_000);

  test('an event that is missing, duplicated, out of order, unknown or of a later version is found', async () => {
    const numbered = (events: readonly RecordedEvent[]) =>
      events.map((event, i) => ({
        ...event,
        revision: BigInt(i),
        position: log[i]?.position ?? event.position,
      }));
    const { log } = sound();
    for (const [i, recorded] of log.entries()) {
      const next = log[i + 1];
      const damaged: [kind: string, events: readonly RecordedEvent[]][] = [
        ['cut off or a gap', log.toSpliced(i, 1)],
        ['never there', numbered(log.toSpliced(i, 1))],
        ['doubled', numbered(log.toSpliced(i, 0, recorded))],
        ['unknown', log.with(i, withData(recorded, 'TicketGilded', recorded.data))],
        ['of a later version', log.with(i, { ...recorded, decoded: { ok: false, problem: 'of version 9' } })],
      ];
      if (next !== undefined && !isIndependent(recorded, next))
        damaged.push(['out of turn', numbered(log.toSpliced(i, 2, next, recorded))]);
      for (const [kind, events] of damaged) {
        const broken = await violatedInLog(events);
        expect({ i, kind, found: broken.length > 0 }).toEqual({ i, kind, found: true });
        // The log itself may be another one that a decider could have written.
        const mayBeWhole = kind === 'cut off or a gap' && next === undefined;
        if (mayBeWhole || kind === 'never there' || kind === 'out of turn') continue;
        const byLog = broken.filter((invariant) => invariant !== 'I10' && invariant !== 'snapshot');
        expect({ i, kind, found: byLog.length > 0 }).toEqual({ i, kind, found: true });
      }
    }
  }, 300_000);
});
