/** An offset in packed bytes, advanced by each read or write. */
export interface Cursor {
  bytes: Buffer;
  at: number;
}

/** A buffer for packed bytes; grows as needed. */
export class Writer implements Cursor {
  bytes = Buffer.allocUnsafeSlow(1_024);
  at = 0;

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

const fewBits = 0x80;
/** The first number for which bit operations overflow. */
const manyBits = 2 ** 31;
const mostBytesOfNumber = 8;

/** @param value a safe whole number, not negative. Takes a byte per seven bits. */
export function writeNumber(writer: Writer, value: number): void {
  writer.reserve(mostBytesOfNumber);
  const { bytes } = writer;
  let left = value;
  while (left >= manyBits) {
    bytes[writer.at++] = (left % fewBits) | fewBits;
    left = Math.floor(left / fewBits);
  }
  while (left >= fewBits) {
    bytes[writer.at++] = (left & 0x7f) | fewBits;
    left >>>= 7;
  }
  bytes[writer.at++] = left;
}

export function readNumber(cursor: Cursor): number {
  const { bytes } = cursor;
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < fewBits) return value;
    factor *= fewBits;
  }
}

/** Whether `writeNumber` can write the value. */
export const isPackable = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
