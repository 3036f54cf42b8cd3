import type { Cursor } from './bytes.js';
import { skipText } from './text.js';

/** The most rows of a shard, including superseded ones. A full shard is rewritten or split, which takes some milliseconds. */
const mostRows = 16_384;
const fewestRows = 64;
const growth = 1.25;

/** A packed key with its hash, for look-ups. Its bytes are the first `length` of `bytes`. */
export interface Key {
  readonly bytes: Buffer;
  readonly length: number;
  readonly hash: number;
}

/**
 * Rows of packed keys and values, in order of their versions. A row is written once; a newer row of the same key supersedes it
 * for its version and later ones, and older versions do not change. A row that is removed is marked with the version that does
 * not have it any more, so that removing takes no bytes.
 */
export class Shard {
  /** Differs between shards, which fill up evenly: otherwise all would be split at the same time. */
  readonly #limit = mostRows - Math.floor((Math.random() * mostRows) / 4);
  #rows = 0;
  #used = 0;
  #hashes = new Uint32Array(fewestRows);
  #versions = new Uint32Array(fewestRows);
  /** Where the row begins in `bytes`. */
  #places = new Uint32Array(fewestRows);
  /** The superseded row, plus one; 0 for none. */
  #previous = new Uint16Array(fewestRows);
  /** The first version without the row; 0 for a row that was not removed. None was, as long as this is empty. */
  #removed = new Uint32Array(0);
  /** By hash: the newest row of a key, plus one; 0 for none. */
  #slots = new Uint16Array(fewestRows * 2);
  #bytes = Buffer.allocUnsafeSlow(fewestRows * 48);

  /** @param depth number of leading hash bits that all its keys share */
  constructor(readonly depth: number) {}

  get isFull(): boolean {
    return this.#rows >= this.#limit;
  }

  /** Moves `cursor` to the value of `key` at `version`; false when there is none. */
  find(key: Key, version: number, cursor: Cursor): boolean {
    let row = this.#newest(key);
    while (row > 0 && (this.#versions[row - 1] ?? 0) > version) row = this.#previous[row - 1] ?? 0;
    if (row === 0 || this.#isRemoved(row - 1, version)) return false;
    cursor.bytes = this.#bytes;
    cursor.at = (this.#places[row - 1] ?? 0) + key.length;
    return true;
  }

  /**
   * Adds a row. The caller checks first that the shard is not full.
   * @param version the version of the previous row, or a later one
   * @param end end of the value, which follows the key in the key's bytes
   */
  put(key: Key, version: number, end: number): void {
    if (this.#rows === this.#hashes.length) this.#grow();
    this.#reserve(end);
    key.bytes.copy(this.#bytes, this.#used, 0, end);
    const slot = this.#slotOf(key);
    const row = this.#rows++;
    this.#hashes[row] = key.hash;
    this.#versions[row] = version;
    this.#places[row] = this.#used;
    this.#previous[row] = this.#slots[slot] ?? 0;
    this.#slots[slot] = row + 1;
    this.#used += end;
  }

  /** Removes a key, if it is here. @param version later than that of its row */
  remove(key: Key, version: number): void {
    const row = this.#newest(key) - 1;
    if (row < 0 || this.#isRemoved(row, version)) return;
    if (row >= this.#removed.length)
      this.#removed = enlarged(this.#removed, new Uint32Array(this.#hashes.length));
    this.#removed[row] = version;
  }

  #isRemoved(row: number, version: number): boolean {
    const removed = this.#removed[row] ?? 0;
    return removed !== 0 && removed <= version;
  }

  /**
   * The entries at `version`, in order of their versions: the offset of each in `bytes`, key first. Later rows do not
   * change them.
   */
  at(version: number): { readonly bytes: Buffer; readonly starts: readonly number[] } {
    const starts = this.#visible(version).map((row) => this.#places[row] ?? 0);
    return { bytes: this.#bytes, starts };
  }

  /** New shards with only the entries at `version`: two if they fill more than half of one. */
  rewritten(version: number): readonly [Shard] | readonly [Shard, Shard] {
    const rows = this.#visible(version);
    if (rows.length <= mostRows / 2) return [this.#copy(rows, this.depth)];
    if (this.depth >= 24) throw new RangeError('too many keys with one hash');
    const bit = 1 << (31 - this.depth);
    const isUpper = (row: number) => ((this.#hashes[row] ?? 0) & bit) !== 0;
    return [
      this.#copy(
        rows.filter((row) => !isUpper(row)),
        this.depth + 1,
      ),
      this.#copy(rows.filter(isUpper), this.depth + 1),
    ];
  }

  #copy(rows: readonly number[], depth: number): Shard {
    const copy = new Shard(depth);
    for (const row of rows) {
      const start = this.#places[row] ?? 0;
      const bytes = this.#bytes.subarray(start, this.#endOf(row));
      const cursor = { bytes, at: 0 };
      skipText(cursor);
      const key = { bytes, length: cursor.at, hash: this.#hashes[row] ?? 0 };
      copy.put(key, this.#versions[row] ?? 0, bytes.length);
    }
    return copy;
  }

  #endOf(row: number): number {
    return row + 1 === this.#rows ? this.#used : (this.#places[row + 1] ?? 0);
  }

  #visible(version: number): number[] {
    const superseded = new Uint8Array(this.#rows);
    const visible: number[] = [];
    for (let row = this.#rows - 1; row >= 0; row--) {
      if ((this.#versions[row] ?? 0) > version) continue;
      const before = this.#previous[row] ?? 0;
      if (before > 0) superseded[before - 1] = 1;
      if (superseded[row] === 0 && !this.#isRemoved(row, version)) visible.push(row);
    }
    return visible.reverse();
  }

  #newest(key: Key): number {
    return this.#slots[this.#slotOf(key)] ?? 0;
  }

  /** The slot of the key, present or not. */
  #slotOf(key: Key): number {
    const mask = this.#slots.length - 1;
    for (let slot = key.hash & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot] ?? 0;
      if (row === 0 || this.#isOf(row - 1, key)) return slot;
    }
  }

  #isOf(row: number, key: Key): boolean {
    if (this.#hashes[row] !== key.hash) return false;
    const start = this.#places[row] ?? 0;
    const bytes = this.#bytes;
    for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key.bytes[i]) return false;
    return true;
  }

  #grow(): void {
    const rows = Math.min(mostRows, Math.max(this.#rows + fewestRows, Math.ceil(this.#rows * growth)));
    this.#hashes = enlarged(this.#hashes, new Uint32Array(rows));
    this.#versions = enlarged(this.#versions, new Uint32Array(rows));
    this.#places = enlarged(this.#places, new Uint32Array(rows));
    this.#previous = enlarged(this.#previous, new Uint16Array(rows));
    if (rows * 1.5 > this.#slots.length) this.#index(this.#slots.length * 2);
  }

  /** Reinserts the newest row of each key: the keys are distinct, so they need not be compared. */
  #index(slots: number): void {
    const old = this.#slots;
    const mask = slots - 1;
    this.#slots = new Uint16Array(slots);
    for (const row of old) {
      if (row === 0) continue;
      let slot = (this.#hashes[row - 1] ?? 0) & mask;
      while ((this.#slots[slot] ?? 0) !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row;
    }
  }

  #reserve(count: number): void {
    const needed = this.#used + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(this.#bytes.length * growth)));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

function enlarged<A extends Uint32Array | Uint16Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
