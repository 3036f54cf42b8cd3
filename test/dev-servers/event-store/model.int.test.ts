import { randomUUID } from 'node:crypto';
import {
  type AppendExpectedRevision,
  type EventData,
  jsonEvent,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, idsOf } from './support/events.js';
import { openTestStore } from './support/store.js';

const { client } = await openTestStore();

/** Revision after a success, or the actual revision after a refusal. */
type Outcome = { success: number } | { wrong: number };

/** What a stream is: the ids it holds. What an append does to it: this. */
function appendTo(log: string[], ids: readonly string[], expected: AppendExpectedRevision): Outcome {
  const last = log.length - 1;
  const write = (): Outcome => ({ success: log.push(...ids) - 1 });
  if (expected === 'stream_exists' && last < 0) return { wrong: last };
  if (expected === 'any' || expected === 'stream_exists') {
    const places = ids.map((id) => log.lastIndexOf(id));
    if (places.length === 0 || places[0] === -1) return write();
    return places.includes(-1) ? { wrong: last } : { success: places.at(-1) ?? last };
  }
  const after = expected === 'no_stream' ? -1 : Number(expected);
  if (after === last) return write();
  const there = log.slice(after + 1, after + 1 + ids.length);
  const same = after < last && ids.length > 0 && JSON.stringify(there) === JSON.stringify(ids);
  return same ? { success: after + ids.length } : { wrong: last };
}

interface Append {
  stream: number;
  events: number[];
  expected: 'any' | 'no_stream' | 'stream_exists' | { at: number } | 'current';
}

/** Few streams, few ids and many expectations near the truth, so that repetitions and conflicts abound. */
const append: fc.Arbitrary<Append> = fc.record({
  stream: fc.nat(2),
  events: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 4 })).map(([from, n]) => range(from, n)),
    },
    { weight: 1, arbitrary: fc.array(fc.nat(12), { maxLength: 4 }) },
  ),
  expected: fc.oneof(
    { weight: 2, arbitrary: fc.constant('current' as const) },
    { weight: 3, arbitrary: fc.constantFrom('any' as const, 'no_stream' as const, 'stream_exists' as const) },
    { weight: 2, arbitrary: fc.nat(8).map((at) => ({ at })) },
  ),
});

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

async function appended(
  stream: string,
  events: EventData[],
  expected: AppendExpectedRevision,
): Promise<Outcome> {
  try {
    const result = await client.appendToStream(stream, events, { expectedRevision: expected });
    return { success: Number(result.nextExpectedRevision) };
  } catch (error) {
    if (!(error instanceof WrongExpectedVersionError)) throw error;
    return { wrong: error.actualVersion === 'no_stream' ? -1 : Number(error.actualVersion) };
  }
}

test('any sequence of appends does what the model does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(append, { minLength: 1, maxLength: 25 }), async (appends) => {
      const run = randomUUID();
      const pool = range(0, 14).map((number) => jsonEvent({ type: 'Noted', data: { number } }));
      const model: string[][] = [[], [], []];
      for (const { stream, events, expected } of appends) {
        const log = model[stream] ?? [];
        const chosen = events.flatMap((index) => pool[index] ?? []);
        const revision = expectedRevision(expected, log);
        const outcome = await appended(`${run}-${stream}`, chosen, revision);
        const ids = chosen.map(({ id }) => id);
        const should = appendTo(log, ids, revision);
        expect({ outcome: normal(outcome, ids), revision }).toEqual({
          outcome: normal(should, ids),
          revision,
        });
      }
      for (const [index, log] of model.entries()) {
        if (log.length === 0) continue;
        expect(idsOf(await collect(client.readStream(`${run}-${index}`)))).toEqual(log);
      }
    }),
    { numRuns: 60 },
  );
});

function expectedRevision(expected: Append['expected'], log: readonly string[]): AppendExpectedRevision {
  if (expected === 'current') return log.length === 0 ? 'no_stream' : BigInt(log.length - 1);
  return typeof expected === 'string' ? expected : BigInt(expected.at);
}

/** This client reads the answer to an append of nothing to no stream as revision 0. */
function normal(outcome: Outcome, ids: readonly string[]): Outcome {
  return ids.length === 0 && 'success' in outcome ? { success: Math.max(outcome.success, 0) } : outcome;
}
