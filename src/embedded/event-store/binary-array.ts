/** A one-dimensional Postgres array in the binary wire format, so that bytes travel as bytes and not as hex. */
export function binaryArray(elementType: number, elements: readonly Uint8Array[]): Buffer {
  const array = Buffer.allocUnsafe(elements.reduce((size, element) => size + 4 + element.length, 20));
  array.writeInt32BE(1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(elementType, 8);
  array.writeInt32BE(elements.length, 12);
  array.writeInt32BE(1, 16);
  let offset = 20;
  for (const element of elements) {
    array.writeInt32BE(element.length, offset);
    array.set(element, offset + 4);
    offset += 4 + element.length;
  }
  return array;
}

export function int8(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

export const bool = (value: boolean): Uint8Array => (value ? TRUE : FALSE);
const TRUE = Uint8Array.of(1);
const FALSE = Uint8Array.of(0);

/** `id` with its dashes, as Postgres and clients write it. */
export const uuid = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

/** Object ids of the types used here, fixed in every Postgres. */
export const TYPE = { bool: 16, bytea: 17, int8: 20, text: 25, timestamptz: 1184, uuid: 2950 } as const;
