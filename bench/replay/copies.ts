import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import type { EventStore } from '../../src/event-store/event-store.js';
import { readTables } from '../../src/projections/queries/audit-rows.js';
import { exportLog } from '../../src/replay/transfer/export.js';
import { importLog } from '../../src/replay/transfer/import.js';
import { linesOf } from '../../src/replay/transfer/lines.js';
import { essenceOf, type LastLine, parseLine } from '../../src/replay/transfer/log-lines.js';
import type { Installation } from './installation.js';

export async function exportTo(file: string, store: EventStore): Promise<LastLine> {
  let last: LastLine = { events: 0, sha256: '' };
  const chunks = async function* () {
    last = yield* exportLog(store, null);
  };
  await pipeline(Readable.from(chunks()), createWriteStream(file));
  return last;
}

export const importFrom = (file: string, store: EventStore) =>
  importLog(store, { kind: 'file', lines: () => linesIn(file) });

/** Whether two exports are the same text line by line, apart from what a store assigns. */
export async function areSameLogs(one: string, other: string): Promise<boolean> {
  const others = linesIn(other);
  for await (const line of linesIn(one)) {
    const next = await others.next();
    if (next.done === true || essenceText(line) !== essenceText(next.value)) return false;
  }
  return (await others.next()).done === true;
}

const linesIn = (file: string) => linesOf(createReadStream(file, 'utf8'));

function essenceText(text: string): string {
  const parsed = parseLine(text);
  return parsed.kind === 'event' ? essenceOf(parsed.line) : text;
}

/** Whether the read models of a concert hold the same rows in two installations, column by column. */
export async function haveSameRows(
  one: Installation,
  other: Installation,
  concertId: string,
): Promise<boolean> {
  const [ours, theirs] = await Promise.all(
    [one, other].map(async ({ sources }) => (await readTables(sources.database, concertId)).rows),
  );
  return isDeepStrictEqual(ours, theirs);
}
