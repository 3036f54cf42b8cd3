/** One level: bit `i` of `mask` tells that a child exists (on the lowest level: that the set has the number). */
interface Node {
  readonly mask: number;
  readonly children: readonly (Node | undefined)[];
}

const nothing: Node = { mask: 0, children: [] };
const bitsPerLevel = 5;
const topLevel = 5;
const tooLarge = 2 ** (bitsPerLevel * (topLevel + 1));

/**
 * An immutable, ordered set of whole numbers from 0 to 2^30 - 1, as a trie of bitmaps: adding, removing and finding the lowest
 * visit six small nodes whatever the size, and a full set takes about a bit per number. Two sets with the same numbers have
 * the same structure.
 */
export class SeatSet {
  private constructor(
    private readonly root: Node,
    readonly size: number,
  ) {}

  static readonly empty = new SeatSet(nothing, 0);

  static of(numbers: Iterable<number>): SeatSet {
    let set = SeatSet.empty;
    for (const number of numbers) set = set.add(number);
    return set;
  }

  /** A set of these numbers; values out of range are ignored. */
  add(number: number): SeatSet {
    if (!Number.isInteger(number) || number < 0 || number >= tooLarge) return this;
    const root = put(this.root, topLevel, number, true);
    return root === this.root ? this : new SeatSet(root, this.size + 1);
  }

  delete(number: number): SeatSet {
    if (!Number.isInteger(number) || number < 0 || number >= tooLarge) return this;
    const root = put(this.root, topLevel, number, false);
    return root === this.root ? this : new SeatSet(root, this.size - 1);
  }

  /** The lowest `count` numbers at most, in order. */
  lowest(count: number): number[] {
    const found: number[] = [];
    if (count > 0) {
      for (const number of this) if (found.push(number) >= count) break;
    }
    return found;
  }

  /** All numbers, lowest first. */
  [Symbol.iterator](): Generator<number> {
    return numbersIn(this.root, topLevel, 0);
  }

  toJSON(): number[] {
    return [...this];
  }
}

/** The same node when nothing changes. */
function put(node: Node, level: number, number: number, present: boolean): Node {
  const index = (number >>> (bitsPerLevel * level)) & 31;
  const bit = 1 << index;
  if (level === 0) {
    const mask = present ? node.mask | bit : node.mask & ~bit;
    return mask === node.mask ? node : { mask, children: nothing.children };
  }
  const child = node.children[index] ?? nothing;
  const changed = put(child, level - 1, number, present);
  if (changed === child) return node;
  const mask = changed.mask === 0 ? node.mask & ~bit : node.mask | bit;
  const children = node.children.slice();
  children[index] = changed.mask === 0 ? undefined : changed;
  children.length = 32 - Math.clz32(mask);
  return { mask, children };
}

function* numbersIn({ mask, children }: Node, level: number, above: number): Generator<number> {
  for (let left = mask; left !== 0; left &= left - 1) {
    const index = 31 - Math.clz32(left & -left);
    const number = above * 32 + index;
    const child = children[index];
    if (level === 0) yield number;
    else if (child !== undefined) yield* numbersIn(child, level - 1, number);
  }
}
