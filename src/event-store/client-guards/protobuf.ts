/** A reader of the fields of one protobuf message, or of a part of it, in order. */
export class Fields {
  /** Number of the current field, after `next`. */
  number = 0;
  #uint: number | bigint = 0;
  /** Offset of the field's bytes; -1 for a numeric field. */
  #start = -1;

  constructor(
    private readonly message: Buffer,
    private offset = 0,
    private readonly end = message.length,
  ) {}

  /**
   * Moves to the next field; false at the end.
   * @throws {RangeError} for a truncated message, or a field that proto3 does not have
   */
  next(): boolean {
    if (this.offset >= this.end) return false;
    const tag = Number(this.#varint());
    const wireType = tag & 7;
    this.number = tag >>> 3;
    if (wireType === 0) {
      this.#start = -1;
      this.#uint = this.#varint();
    } else {
      const length = this.#lengthOf(wireType);
      this.#start = this.offset;
      this.offset += length;
      if (this.offset > this.end) throw new RangeError('the message is cut short');
    }
    return true;
  }

  /** The value of a numeric field; a bigint if a number would not be exact. */
  get uint(): number | bigint {
    if (this.#start >= 0) throw new RangeError(`field ${this.number} is not a number`);
    return this.#uint;
  }

  /** The bytes of the field, shared with the message. */
  get bytes(): Buffer {
    return this.message.subarray(this.#begin(), this.offset);
  }

  /** The text of the field. */
  get text(): string {
    return this.message.toString('utf8', this.#begin(), this.offset);
  }

  /** A reader of the field's own fields, if it is a message. */
  get inner(): Fields {
    return new Fields(this.message, this.#begin(), this.offset);
  }

  /** The length of the bytes of a field that is not numeric. */
  #lengthOf(wireType: number): number {
    if (wireType === 1) return 8;
    if (wireType === 5) return 4;
    if (wireType !== 2) throw new RangeError(`there is a field of wire type ${wireType}`);
    return Number(this.#varint());
  }

  #begin(): number {
    if (this.#start < 0) throw new RangeError(`field ${this.number} is a number`);
    return this.#start;
  }

  #varint(): number | bigint {
    let value = 0;
    for (let unit = 1; unit < 2 ** 49; unit *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
    let big = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      big |= BigInt(byte & 127) << shift;
      if (byte < 128) return big;
    }
    throw new RangeError('there is a number of more than 64 bits');
  }

  #byte(): number {
    const byte = this.offset < this.end ? this.message[this.offset++] : undefined;
    if (byte === undefined) throw new RangeError('the message is cut short');
    return byte;
  }
}
