import { randomInt } from 'node:crypto';
import { type Cursor, Writer } from './bytes.js';
import type { Codec } from './codec.js';
import { type Key, Shard } from './shard.js';
import { readText, skipText, writeText } from './text.js';

/** The maps that were derived from each other in sequence; only the newest can be extended in place. */
interface Lineage {
  newest: number;
}

/**
 * An immutable map with text keys, packed in bytes: about a fifth of the memory of objects, outside the garbage-collected heap.
 * A changed map is derived from the newest version by appending rows, which older versions do not read, and from an older
 * version by copying. So successive versions are cheap, and branches cost a copy.
 *
 * The rows are in shards by the leading bits of a key's hash, so that growth and compaction never take more than some
 * milliseconds at a time.
 */
export class PackedMap<V> {
  private constructor(
    private readonly codec: Codec<V>,
    private readonly lineage: Lineage,
    private readonly version: number,
    /** A power of two of shards, by the leading bits; a shard that covers fewer bits is listed several times. */
    private readonly shards: readonly Shard[],
  ) {}

  static empty<V>(codec: Codec<V>): PackedMap<V> {
    return new PackedMap(codec, { newest: 0 }, 0, []);
  }

  /** Whether a changed map can be derived without a copy. */
  get isNewest(): boolean {
    return this.lineage.newest === this.version;
  }

  /** Whether this map and `other` are versions of one map. */
  isRelatedTo(other: PackedMap<V>): boolean {
    return this.lineage === other.lineage;
  }

  get(key: string): V | undefined {
    return this.#find(key) ? this.codec.read(key, found) : undefined;
  }

  has(key: string): boolean {
    return this.#find(key);
  }

  fits(key: string, value: V): boolean {
    return this.codec.fits(key, value);
  }

  /**
   * This map with changes.
   * @param removed keys that are removed first, where they are here
   * @param changes values that the codec fits
   */
  with(removed: Iterable<string>, changes: Iterable<readonly [string, V]>): PackedMap<V> {
    const { lineage, shards }: PackedMap<V> = this.isNewest ? this : this.#copy();
    const version = ++lineage.newest;
    const changed = shards.length === 0 ? [new Shard(0)] : [...shards];
    for (const key of removed) {
      const packed = pack(key);
      shardAt(changed, indexOf(packed, changed.length)).remove(packed, version);
    }
    for (const [key, value] of changes) {
      const packed = pack(key);
      let index = indexOf(packed, changed.length);
      while (shardAt(changed, index).isFull) {
        rewrite(changed, index, version);
        index = indexOf(packed, changed.length);
      }
      shardAt(changed, index).put(packed, version, this.#packValue(value));
    }
    return new PackedMap(this.codec, lineage, version, changed);
  }

  /** @param isWanted decides by the packed value, which it may read; null is yielded for an entry that is not wanted */
  *entries(isWanted: (value: Cursor) => boolean): Generator<[string, V] | null> {
    let last: Shard | undefined;
    for (const shard of this.shards) {
      if (shard === last) continue;
      last = shard;
      const { bytes, starts } = shard.at(this.version);
      for (const start of starts) yield this.#entryAt({ bytes, at: start }, isWanted);
    }
  }

  #entryAt(cursor: Cursor, isWanted: (value: Cursor) => boolean): [string, V] | null {
    const start = cursor.at;
    skipText(cursor);
    const ofValue = cursor.at;
    if (!isWanted(cursor)) return null;
    cursor.at = start;
    const key = readText(cursor);
    cursor.at = ofValue;
    return [key, this.codec.read(key, cursor)];
  }

  #find(key: string): boolean {
    if (this.shards.length === 0) return false;
    const packed = pack(key);
    return shardAt(this.shards, indexOf(packed, this.shards.length)).find(packed, this.version, found);
  }

  /** Writes the value after the key that was packed last. @returns the end of the value */
  #packValue(value: V): number {
    scratch.at = lastKey.length;
    this.codec.write(scratch, value);
    lastKey.bytes = scratch.bytes;
    return scratch.at;
  }

  /** A copy of this map that is the newest, and only, version of a new lineage. */
  #copy(): PackedMap<V> {
    const { codec, version } = this;
    const shards = [...this.shards];
    for (const shard of new Set(this.shards)) rewrite(shards, shards.indexOf(shard), version);
    return new PackedMap(codec, { newest: version }, version, shards);
  }
}

function shardAt(shards: readonly Shard[], index: number): Shard {
  const shard = shards[index];
  if (shard === undefined) throw new RangeError(`there is no shard ${index}`);
  return shard;
}

/** The index of a hash's shard, by its leading bits. */
const indexOf = ({ hash }: Key, shards: number): number =>
  shards === 1 ? 0 : hash >>> (Math.clz32(shards) + 1);

/** Replaces the shard at `index` with one or two new shards. */
function rewrite(shards: Shard[], index: number, version: number): void {
  const old = shardAt(shards, index);
  const [lower, upper] = old.rewritten(version);
  if (upper !== undefined && 2 ** upper.depth > shards.length) {
    shards.splice(0, shards.length, ...shards.flatMap((shard) => [shard, shard]));
  }
  const first = shards.indexOf(old);
  const last = shards.lastIndexOf(old);
  const half = (first + last + 1) / 2;
  for (let i = first; i <= last; i++) shards[i] = upper !== undefined && i >= half ? upper : lower;
}

/** Shared scratch space: the position of the value found last, and the key packed last, before the values written. */
const found: Cursor = { bytes: Buffer.alloc(0), at: 0 };
const scratch = new Writer();
const lastKey = { text: '', bytes: scratch.bytes, length: 0, hash: 0 };
lastKey.text = '\0not packed yet';

/** Valid until the next key is packed. Kept because several look-ups of one key follow each other. */
function pack(text: string): Key {
  if (lastKey.text === text) return lastKey;
  lastKey.text = '';
  scratch.at = 0;
  writeText(scratch, text);
  lastKey.bytes = scratch.bytes;
  lastKey.length = scratch.at;
  lastKey.hash = hashOf(scratch.bytes, scratch.at);
  lastKey.text = text;
  return lastKey;
}

/** A seed per process, so that clients cannot choose keys whose hashes collide. */
const seed = randomInt(2 ** 32);

function hashOf(bytes: Uint8Array, length: number): number {
  let hash = seed;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
