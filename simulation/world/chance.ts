/**
 * Chance that depends on a name and a count instead of on the order of draws. When a step is left out of a schedule, the others
 * keep their delays, so that a failing schedule can be made shorter.
 */
export class Chance {
  readonly #draws = new Map<string, Draws>();

  constructor(private readonly seed: number) {}

  /** A number from 0 up to 1: another one each time, the same in each run. */
  draw(name: string): number {
    return this.draws(name)();
  }

  /** All draws of a name, for those who draw often. */
  draws(name: string): Draws {
    const known = this.#draws.get(name);
    if (known !== undefined) return known;
    const hash = hashOf(this.seed, name);
    let count = 0;
    const draws = () => finish(hash, count++);
    this.#draws.set(name, draws);
    return draws;
  }

  /** A number from 0 up to 1 for a name, always the same. */
  of(name: string): number {
    return finish(hashOf(this.seed, name), 0);
  }
}

/** The next number of a name, from 0 up to 1. */
export type Draws = () => number;

/** FNV-1a over the text. */
function hashOf(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash;
}

/** The finish of MurmurHash3, which spreads a hash over all bits. */
function finish(start: number, count: number): number {
  let hash = Math.imul(start ^ count, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
