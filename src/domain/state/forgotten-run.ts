/**
 * The possible revisions in the log: of the last sale and the cancellation of a purchase, or of the beginning and end of a hold.
 */
export interface Place {
  readonly began: bigint;
  readonly ended: bigint;
}

/** A cancelled purchase or an ended hold. */
export interface Ended {
  readonly id: string;
  readonly began: bigint;
  readonly ended: bigint;
  readonly isHold: boolean;
}

/** 32 bits of an id. The same in every process, because snapshots store it. */
export function fingerprintOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const numbersPerPlace = 3;
const bytesPerNumber = 4;
/** So many and a fingerprint fit one number. */
const mostAtOnce = 2 ** 20;

/** Revisions of purchases and holds, in order of their fingerprints: fingerprint, began, ended for each. */
export class Run {
  private constructor(private readonly numbers: Uint32Array) {}

  /** @param forgotten in the order in which they ended */
  static of(forgotten: readonly Ended[]): Run {
    // In order of the fingerprints, then as given, which is the order in which they ended: numbers sort fast.
    const order = new Float64Array(forgotten.length);
    for (const [i, { id }] of forgotten.entries()) order[i] = fingerprintOf(id) * mostAtOnce + i;
    const numbers = new Uint32Array(order.length * numbersPerPlace);
    let at = 0;
    for (const key of order.sort()) {
      const { began, ended } = forgotten[key % mostAtOnce] ?? { began: 0n, ended: 0n };
      numbers[at++] = Math.floor(key / mostAtOnce);
      numbers[at++] = Number(began);
      numbers[at++] = Number(ended);
    }
    return new Run(numbers);
  }

  /** Null for a text that is not one of `toText`'s. */
  static fromText(text: string): Run | null {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length % (numbersPerPlace * bytesPerNumber) !== 0) return null;
    const numbers = new Uint32Array(bytes.length / bytesPerNumber);
    for (let i = 0; i < numbers.length; i++) numbers[i] = bytes.readUInt32LE(i * bytesPerNumber);
    return new Run(numbers);
  }

  toText(): string {
    const bytes = Buffer.allocUnsafe(this.numbers.length * bytesPerNumber);
    for (const [i, number] of this.numbers.entries()) bytes.writeUInt32LE(number, i * bytesPerNumber);
    return bytes.toString('base64');
  }

  get size(): number {
    return this.numbers.length / numbersPerPlace;
  }

  placesOf(fingerprint: number): Place[] {
    const places: Place[] = [];
    for (let i = this.#firstFrom(fingerprint); this.#at(i, 0) === fingerprint; i++) {
      places.push({ began: BigInt(this.#at(i, 1)), ended: BigInt(this.#at(i, 2)) });
    }
    return places;
  }

  /** @param later a run of those that ended later */
  mergedWith(later: Run): Run {
    const numbers = new Uint32Array(this.numbers.length + later.numbers.length);
    let [mine, others] = [0, 0];
    for (let i = 0; i < numbers.length; i += numbersPerPlace) {
      const takeMine =
        others === later.size || (mine < this.size && this.#at(mine, 0) <= later.#at(others, 0));
      const run = takeMine ? this : later;
      const index = takeMine ? mine++ : others++;
      for (let part = 0; part < numbersPerPlace; part++) numbers[i + part] = run.#at(index, part);
    }
    return new Run(numbers);
  }

  /** -1 beyond the last. */
  #at(index: number, part: number): number {
    return this.numbers[index * numbersPerPlace + part] ?? -1;
  }

  #firstFrom(fingerprint: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle, 0) < fingerprint) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
