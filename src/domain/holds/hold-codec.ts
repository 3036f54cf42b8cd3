import { isPackable, readNumber, writeNumber } from '../collections/packed/bytes.js';
import type { Codec } from '../collections/packed/codec.js';
import { readText, writeText } from '../collections/packed/text.js';
import { seatName, seatNumber } from '../tickets/seats.js';
import { type Hold, holdStatuses } from './hold.js';

/** The codec of a hold stored under its id, which is not repeated. About 25 bytes besides its texts. */
export const holdCodec: Codec<Hold> = {
  fits: (key, hold) =>
    key === hold.holdId &&
    isPackable(Number(hold.revision)) &&
    isPackable(Number(hold.lastRevision - hold.revision)) &&
    isTime(hold.since) &&
    isTime(hold.until) &&
    hold.until >= hold.since &&
    hold.seats.every((seat) => isPackable(seatNumber(seat)) && seatName(seatNumber(seat)) === seat),

  write(writer, hold) {
    const since = Date.parse(hold.since);
    writeNumber(writer, Number(hold.lastRevision));
    writeNumber(writer, Number(hold.lastRevision - hold.revision));
    writeNumber(writer, holdStatuses.indexOf(hold.status) * 2 + (hold.reason === 'offer' ? 1 : 0));
    writeText(writer, hold.customerId);
    writeText(writer, hold.idempotencyKey);
    writeNumber(writer, hold.quantity);
    writeNumber(writer, since);
    writeNumber(writer, Date.parse(hold.until) - since);
    writeNumber(writer, hold.extensions);
    writeNumber(writer, hold.seats.length);
    for (const seat of hold.seats) writeNumber(writer, seatNumber(seat));
  },

  read(holdId, cursor) {
    const last = readNumber(cursor);
    const revision = BigInt(last - readNumber(cursor));
    const kind = readNumber(cursor);
    const customerId = readText(cursor);
    const idempotencyKey = readText(cursor);
    const quantity = readNumber(cursor);
    const since = readNumber(cursor);
    const until = since + readNumber(cursor);
    const extensions = readNumber(cursor);
    const seats: string[] = [];
    for (let left = readNumber(cursor); left > 0; left--) seats.push(seatName(readNumber(cursor)));
    // One literal: spread objects take longer to build, and a crowd of holds is read at once.
    return {
      holdId,
      customerId,
      idempotencyKey,
      quantity,
      seats,
      reason: kind % 2 === 1 ? 'offer' : 'request',
      status: holdStatuses[kind >>> 1] ?? 'waiting',
      since: textOf(since),
      until: textOf(until),
      extensions,
      revision,
      lastRevision: BigInt(last),
    };
  },
};

/** Texts of times that were lately decoded: holds that begin or expire together have the same, and a text takes long to make. */
const knownTimes: { readonly milliseconds: number; readonly text: string }[] = [];
const mostKnownTimes = 1_024;

function textOf(milliseconds: number): string {
  const place = milliseconds % mostKnownTimes;
  const known = knownTimes[place];
  if (known?.milliseconds === milliseconds) return known.text;
  const text = new Date(milliseconds).toISOString();
  knownTimes[place] = { milliseconds, text };
  return text;
}

/** Whether a time is decoded exactly as it was written: from 1970 on, to the millisecond, with a year of four digits. */
function isTime(text: string): boolean {
  const milliseconds = Date.parse(text);
  return isPackable(milliseconds) && text.length === 24 && textOf(milliseconds) === text;
}
