/**
 * Chance that depends on a name and a count instead of on the order of draws. When a step is left out of a schedule, the others
 * keep their delays, so that a failing schedule can be made shorter.
 */
export class Chance {
  readonly #counts = new Map<string, number>();

  constructor(private readonly seed: number) {}

  /** A number from 0 up to 1: another one each time, the same in each run. */
  draw(name: string): number {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return mixed(this.seed, name, count);
  }

  /** A number from 0 up to 1 for a name, always the same. */
  of(name: string): number {
    return mixed(this.seed, name, 0);
  }
}

/** FNV-1a over the text, then the finish of MurmurHash3, which spreads it over all bits. */
function mixed(seed: number, name: string, count: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ count, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
