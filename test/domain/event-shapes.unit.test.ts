import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { upcast } from '../../src/domain/events/upcast.js';

interface Stored {
  readonly concertId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One event of every type. */
const stored: readonly Stored[] = ['events-v1', 'hold-events-v1', 'expiry-events-v1'].flatMap((name) =>
  readFileSync(new URL(`../fixtures/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line)),
);

/** Fields that older versions did not write. */
const optional = ['queueId', 'holdSeconds', 'waitingList', 'offerSeconds'];

/** HoldsExpired, which took the place of HoldExpired, has no customer. */
const isRead = ({ type }: Stored, field: string) => type !== 'HoldExpired' || field !== 'customerId';

const fields = stored.flatMap((event) =>
  Object.keys(event.data).flatMap((field) => (isRead(event, field) ? [{ event, field }] : [])),
);

const read = ({ concertId, type }: Stored, data: unknown, stream = concertId) =>
  upcast({ type, schemaVersion: 1, data, concertId: stream });

test('events as they were stored fit, also with a field that a later version added', () => {
  for (const event of stored) {
    expect(read(event, event.data).ok).toBe(true);
    expect(read(event, { ...event.data, later: { added: true } }).ok).toBe(true);
  }
});

test('an event that lacks a field, or has a value of another kind there, is not believed', () => {
  for (const { event, field } of fields) {
    const { [field]: value, ...without } = event.data;
    if (!optional.includes(field)) expect(read(event, without)).toMatchObject({ ok: false });
    for (const wrong of [{}, [null], true, -1, 0.5, Number.NaN, '', 'x']) {
      const isAllowed =
        typeof wrong === 'string'
          ? isFreeText(event.type, field, wrong)
          : field === 'waitingList' && wrong === true;
      expect(
        { field, wrong, ok: read(event, { ...event.data, [field]: wrong }).ok },
        `${event.type}.${field} ${value}`,
      ).toEqual({ field, wrong, ok: isAllowed });
    }
  }
});

/** Any text may be a name; of ids and keys, any but the empty one. A concert's own id is that of its stream. */
function isFreeText(type: string, field: string, text: string): boolean {
  if (type === 'ConcertScheduled' && field === 'name') return true;
  return ['purchaseId', 'holdId', 'customerId', 'idempotencyKey', 'reference'].includes(field) && text !== '';
}

test('an event in the stream of another concert is not believed', () => {
  for (const event of stored) expect(read(event, event.data, 'another')).toMatchObject({ ok: false });
});

test('numbers that no read model could keep are not believed', () => {
  for (const { event, field } of fields) {
    if (typeof event.data[field] !== 'number') continue;
    expect(read(event, { ...event.data, [field]: 2 ** 31 })).toMatchObject({ ok: false });
  }
});
