import { Map as PersistentMap } from 'immutable';
import type { Cursor } from './packed/bytes.js';
import type { Codec } from './packed/codec.js';
import { PackedMap } from './packed/packed-map.js';

/** Marks an entry of the base as removed. */
const gone = Symbol('gone');

/** The fewest changes that are worth packing; fewer are kept as objects. */
const worthPacking = 512;
/** Multiple of that number which is worth a copy of the base. */
const worthCopying = 32;
/** The fewest removed keys that are worth a set of their own. */
const worthASet = 64;

const none: ReadonlySet<string> = new Set();

/**
 * An immutable map with text keys: a packed base, a persistent map of the changes since, as objects, and the keys of a crowd that
 * was removed at once. A change costs no copy and does not affect other versions; `compacted` packs the changes of a map that is
 * kept.
 *
 * Iteration yields entries of the base before others; apart from that the order is undefined.
 */
export class LayeredMap<V extends NonNullable<unknown>> {
  private constructor(
    private readonly base: PackedMap<V>,
    private readonly changes: PersistentMap<string, V | typeof gone>,
    readonly size: number,
    /** These are not here, whatever base and changes have. */
    private readonly removed: ReadonlySet<string> = none,
  ) {}

  static empty<V extends NonNullable<unknown>>(codec: Codec<V>): LayeredMap<V> {
    return new LayeredMap(PackedMap.empty(codec), PersistentMap(), 0);
  }

  get(key: string): V | undefined {
    if (this.removed.has(key)) return undefined;
    const changed = this.changes.size === 0 ? undefined : this.changes.get(key);
    if (changed === gone) return undefined;
    return changed ?? this.base.get(key);
  }

  has(key: string): boolean {
    if (this.removed.has(key)) return false;
    const changed = this.changes.size === 0 ? undefined : this.changes.get(key);
    return changed === undefined ? this.base.has(key) : changed !== gone;
  }

  set(key: string, value: V): LayeredMap<V> {
    if (this.removed.has(key)) return this.#settled().set(key, value);
    const size = this.has(key) ? this.size : this.size + 1;
    return new LayeredMap(this.base, this.changes.set(key, value), size, this.removed);
  }

  delete(key: string): LayeredMap<V> {
    if (!this.has(key)) return this;
    return new LayeredMap(this.base, this.changes.set(key, gone), this.size - 1, this.removed);
  }

  /** This map without many entries, at less cost than by removing one after the other. */
  without(keys: readonly string[]): LayeredMap<V> {
    return this.changed(new Map(keys.map((key) => [key, undefined])));
  }

  /**
   * The same for keys that all are here, each named once: a crowd of them costs a fraction.
   * @param worth number of keys that are a crowd
   */
  withoutPresent(keys: readonly string[], worth = worthASet): LayeredMap<V> {
    if (keys.length < worth) return this.without(keys);
    const removed = this.removed.size === 0 ? new Set(keys) : new Set([...this.removed, ...keys]);
    return new LayeredMap(this.base, this.changes, this.size - keys.length, removed);
  }

  /** The same map, with the removed crowd among the changes. */
  #settled(): LayeredMap<V> {
    const changes = this.changes.withMutations((map) => {
      for (const key of this.removed) map.set(key, gone);
    });
    return new LayeredMap(this.base, changes, this.size);
  }

  /** This map with many changes, at less cost than one after the other; undefined removes an entry. */
  changed(entries: ReadonlyMap<string, V | undefined>): LayeredMap<V> {
    if (this.#hasRemoved(entries.keys())) return this.#settled().changed(entries);
    let { size } = this;
    const changes = this.changes.withMutations((map) => {
      for (const [key, value] of entries) {
        const isHere = this.has(key);
        if (value !== undefined || isHere) map.set(key, value ?? gone);
        size += Number(value !== undefined) - Number(isHere);
      }
    });
    return changes === this.changes ? this : new LayeredMap(this.base, changes, size, this.removed);
  }

  #hasRemoved(keys: Iterable<string>): boolean {
    if (this.removed.size > 0) for (const key of keys) if (this.removed.has(key)) return true;
    return false;
  }

  /** This map with many changes, packed directly; undefined removes an entry. */
  with(entries: ReadonlyMap<string, V | undefined>): LayeredMap<V> {
    let { size } = this;
    for (const [key, value] of entries) size += Number(value !== undefined) - Number(this.has(key));
    const changes = new Map<string, V | typeof gone>(this.#settled().changes);
    for (const [key, value] of entries) changes.set(key, value ?? gone);
    return this.#packed(this.base, changes, none, size);
  }

  /**
   * The same map in less memory, if that is worth its cost. Older versions do not change; a later `compacted` of a version that
   * was not compacted with this one may have to copy.
   * @param former an older version of this map, which may have been compacted meanwhile
   * @param worth number of changes that are worth packing
   */
  compacted(former?: LayeredMap<V>, worth = worthPacking): LayeredMap<V> {
    const changed = this.changes.size + this.removed.size;
    if (changed < worth) return this;
    const base = this.#newestBase(former);
    if (!base.isNewest && changed < worth * worthCopying) return this;
    return this.#packed(base, this.changes, this.removed, this.size);
  }

  /** @param removed not here, whatever `changes` has */
  #packed(
    base: PackedMap<V>,
    changes: Iterable<[string, V | typeof gone]>,
    removed: ReadonlySet<string>,
    size: number,
  ): LayeredMap<V> {
    const outside = [...removed];
    const packed: [string, V][] = [];
    const others: [string, V][] = [];
    for (const [key, value] of changes) {
      if (removed.has(key)) continue;
      if (value !== gone && base.fits(key, value)) packed.push([key, value]);
      else outside.push(key);
      if (value !== gone && !base.fits(key, value)) others.push([key, value]);
    }
    const isSame = outside.length + packed.length === others.length;
    return new LayeredMap(isSame ? base : base.with(outside, packed), PersistentMap(others), size);
  }

  /** An entry that changed since an older base also changed since a newer one, or is the same there. */
  #newestBase(former: LayeredMap<V> | undefined): PackedMap<V> {
    const { base } = this;
    const isBetter =
      !base.isNewest && former !== undefined && former.base.isNewest && former.base.isRelatedTo(base);
    return isBetter ? former.base : base;
  }

  *[Symbol.iterator](): Generator<[string, V]> {
    for (const entry of this.entries(() => true)) if (entry !== null) yield entry;
  }

  /**
   * @param isWanted decides by the packed value; null is yielded for an entry that is not wanted. Unpacked entries are
   * always yielded
   */
  *entries(isWanted: (packed: Cursor) => boolean): Generator<[string, V] | null> {
    for (const entry of this.base.entries(isWanted)) {
      if (entry === null || !(this.removed.has(entry[0]) || this.changes.has(entry[0]))) yield entry;
    }
    for (const [key, value] of this.changes) if (value !== gone && !this.removed.has(key)) yield [key, value];
  }

  *keys(): Generator<string> {
    for (const [key] of this) yield key;
  }

  *values(): Generator<V> {
    for (const [, value] of this) yield value;
  }
}
