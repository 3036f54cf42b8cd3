export interface IndexEntry {
  /** Entries are in order of this number, then of their ids. */
  readonly order: number;
  readonly id: string;
  /** A whole number that searches can bound. */
  readonly weight: number;
}

interface Node extends IndexEntry {
  readonly priority: number;
  readonly left: Tree;
  readonly right: Tree;
  readonly size: number;
  /** The smallest weight in this subtree. */
  readonly lightest: number;
}

type Tree = Node | null;

type Place = Pick<IndexEntry, 'order' | 'id'>;

const priorities = 2 ** 30;

/**
 * An immutable index of ids in order of a number: a treap, in which each node carries the size and the smallest weight of its
 * subtree. Adding, removing and each search take O(log n), and an older version stays as it was.
 */
export class OrderedIndex {
  readonly #root: Tree;

  private constructor(root: Tree) {
    this.#root = root;
  }

  static readonly empty = new OrderedIndex(null);

  get size(): number {
    return sizeOf(this.#root);
  }

  /** @param entry one that is not in the index yet */
  add({ order, id, weight }: IndexEntry): OrderedIndex {
    const priority = Math.floor(Math.random() * priorities);
    const fresh: Node = { order, id, weight, priority, left: null, right: null, size: 1, lightest: weight };
    return new OrderedIndex(inserted(this.#root, fresh));
  }

  /** The same index if it has no such entry. */
  delete(place: Place): OrderedIndex {
    const root = removed(this.#root, place);
    return root === this.#root ? this : new OrderedIndex(root);
  }

  /** Without all of these, which are all in it; next to nothing for each that follows another in order. */
  without(places: readonly Place[]): OrderedIndex {
    const root = removedAll(this.#root, [...places].sort(compare), 0, places.length);
    return root === this.#root ? this : new OrderedIndex(root);
  }

  first(): IndexEntry | undefined {
    let node = this.#root;
    while (node?.left) node = node.left;
    return node ?? undefined;
  }

  /** The first entry, in order, of at most this weight. */
  firstWithin(weight: number): IndexEntry | undefined {
    let node = this.#root;
    while (node !== null && node.lightest <= weight) {
      if (node.left !== null && node.left.lightest <= weight) node = node.left;
      else if (node.weight <= weight) return node;
      else node = node.right;
    }
    return undefined;
  }

  /** How many entries come before this place. */
  countBefore(place: Place): number {
    let count = 0;
    let node = this.#root;
    while (node !== null) {
      if (compare(node, place) < 0) {
        count += sizeOf(node.left) + 1;
        node = node.right;
      } else node = node.left;
    }
    return count;
  }

  /** All entries, in order. The first costs O(log n). */
  *[Symbol.iterator](): Generator<IndexEntry> {
    const path: Node[] = [];
    let node = this.#root;
    while (node !== null || path.length > 0) {
      for (; node !== null; node = node.left) path.push(node);
      const next = path.pop();
      if (next === undefined) return;
      yield next;
      node = next.right;
    }
  }
}

const sizeOf = (tree: Tree): number => tree?.size ?? 0;
const lightestOf = (tree: Tree): number => tree?.lightest ?? Number.POSITIVE_INFINITY;

const compare = (a: Place, b: Place): number => a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function withChildren({ order, id, weight, priority }: Node, left: Tree, right: Tree): Node {
  const size = sizeOf(left) + 1 + sizeOf(right);
  const lightest = Math.min(weight, lightestOf(left), lightestOf(right));
  return { order, id, weight, priority, left, right, size, lightest };
}

function inserted(tree: Tree, fresh: Node): Node {
  if (tree === null) return fresh;
  if (fresh.priority > tree.priority) {
    const [left, right] = split(tree, fresh);
    return withChildren(fresh, left, right);
  }
  return compare(fresh, tree) < 0
    ? withChildren(tree, inserted(tree.left, fresh), tree.right)
    : withChildren(tree, tree.left, inserted(tree.right, fresh));
}

/** The entries before a place, and the others. */
function split(tree: Tree, place: Place): readonly [Tree, Tree] {
  if (tree === null) return [null, null];
  if (compare(tree, place) < 0) {
    const [left, right] = split(tree.right, place);
    return [withChildren(tree, tree.left, left), right];
  }
  const [left, right] = split(tree.left, place);
  return [left, withChildren(tree, right, tree.right)];
}

function removed(tree: Tree, place: Place): Tree {
  if (tree === null) return null;
  const order = compare(place, tree);
  if (order === 0) return merged(tree.left, tree.right);
  const [left, right] =
    order < 0 ? [removed(tree.left, place), tree.right] : [tree.left, removed(tree.right, place)];
  return left === tree.left && right === tree.right ? tree : withChildren(tree, left, right);
}

/** @param places in order, all in the index; those from `from` up to `to`, which are all in this subtree, are removed */
function removedAll(tree: Tree, places: readonly Place[], from: number, to: number): Tree {
  if (tree === null || from >= to) return tree;
  if (to - from === tree.size) return null;
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(places[middle] ?? tree, tree) < 0) low = middle + 1;
    else high = middle;
  }
  const place = low < to ? places[low] : undefined;
  const isRemoved = place !== undefined && compare(place, tree) === 0;
  const left = removedAll(tree.left, places, from, low);
  const right = removedAll(tree.right, places, isRemoved ? low + 1 : low, to);
  if (isRemoved) return merged(left, right);
  return left === tree.left && right === tree.right ? tree : withChildren(tree, left, right);
}

/** @param left entries that all come before those of `right` */
function merged(left: Tree, right: Tree): Tree {
  if (left === null) return right;
  if (right === null) return left;
  return left.priority > right.priority
    ? withChildren(left, left.left, merged(left.right, right))
    : withChildren(right, merged(left, right.left), right.right);
}
