import {
  type Cursor,
  isPackable,
  readNumber,
  type Writer,
  writeNumber,
} from '../collections/packed/bytes.js';
import type { Codec } from '../collections/packed/codec.js';
import { readText, writeText } from '../collections/packed/text.js';
import { seatName, seatNumber } from '../tickets/seats.js';
import type { Purchase, Ticket } from './purchase-state.js';

/** Encodings of a ticket's seat: one of these, or the number of a VIP seat plus two. */
const noSeat = 0;
const seatByName = 1;
const seatByNumber = 2;

/** The kinds of a purchase, added up. */
const isCancelled = 1;
const wasHeld = 2;
const kinds = 4;

/** The codec of a purchase stored under its id, which is not repeated. About 30 bytes besides its texts. */
export const purchaseCodec: Codec<Purchase> = {
  fits(key, { purchaseId, customerId, idempotencyKey, tickets, reference, revision, lastRevision }) {
    return (
      key === purchaseId &&
      typeof customerId === 'string' &&
      typeof idempotencyKey === 'string' &&
      (reference === undefined || typeof reference === 'string') &&
      isPackable(Number(revision)) &&
      isPackable(Number(lastRevision - revision) * kinds) &&
      tickets.every(({ number, seat }) => isPackable(number) && (seat === null || typeof seat === 'string'))
    );
  },

  write(writer, { customerId, idempotencyKey, tickets, reference, status, revision, lastRevision }) {
    const kind = (status === 'cancelled' ? isCancelled : 0) + (reference === undefined ? 0 : wasHeld);
    writeNumber(writer, Number(lastRevision));
    writeNumber(writer, Number(lastRevision - revision) * kinds + kind);
    writeText(writer, customerId);
    writeText(writer, idempotencyKey);
    if (reference !== undefined) writeText(writer, reference);
    writeNumber(writer, tickets.length);
    for (const { number, seat } of tickets) {
      writeNumber(writer, number);
      writeSeat(writer, seat);
    }
  },

  read(purchaseId, cursor) {
    const last = readNumber(cursor);
    const how = readNumber(cursor);
    const customerId = readText(cursor);
    const idempotencyKey = readText(cursor);
    const reference = how % kinds < wasHeld ? undefined : readText(cursor);
    const tickets: Ticket[] = [];
    for (let left = readNumber(cursor); left > 0; left--) {
      tickets.push({ number: readNumber(cursor), seat: readSeat(cursor) });
    }
    const status = how % 2 === isCancelled ? 'cancelled' : 'live';
    const lastRevision = BigInt(last);
    const revision = how < kinds ? lastRevision : BigInt(last - Math.floor(how / kinds));
    const purchase = {
      purchaseId,
      customerId,
      idempotencyKey,
      tickets,
      status,
      revision,
      lastRevision,
    } as const;
    return reference === undefined ? purchase : { ...purchase, reference };
  },
};

/** Reads the revision of the last event of a packed purchase, without decoding the rest. */
export const lastRevisionAt = (cursor: Cursor): number => readNumber(cursor);

function writeSeat(writer: Writer, seat: string | null): void {
  if (seat === null) {
    writeNumber(writer, noSeat);
    return;
  }
  const number = seatNumber(seat);
  if (isPackable(number * 2) && seatName(number) === seat) writeNumber(writer, number + seatByNumber);
  else {
    writeNumber(writer, seatByName);
    writeText(writer, seat);
  }
}

function readSeat(cursor: Cursor): string | null {
  const seat = readNumber(cursor);
  if (seat === noSeat) return null;
  return seat === seatByName ? readText(cursor) : seatName(seat - seatByNumber);
}
