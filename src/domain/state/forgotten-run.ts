import type { Purchase } from './purchase-state.js';

/** The possible revisions of a purchase in the log: of its last sale and of its cancellation. */
export interface Place {
  readonly sold: bigint;
  readonly cancelled: bigint;
}

/** 32 bits of a purchase's id. The same in every process, because snapshots store it. */
export function fingerprintOf(purchaseId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < purchaseId.length; i++) hash = Math.imul(hash ^ purchaseId.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const numbersPerPlace = 3;
const bytesPerNumber = 4;

/** Revisions of purchases, in order of their fingerprints: fingerprint, sold, cancelled for each. */
export class Run {
  private constructor(private readonly numbers: Uint32Array) {}

  static of(purchases: readonly Purchase[]): Run {
    const places = purchases.map(({ purchaseId, revision, lastRevision }) => [
      fingerprintOf(purchaseId),
      Number(revision),
      Number(lastRevision),
    ]);
    places.sort(([a = 0, , atA = 0], [b = 0, , atB = 0]) => a - b || atA - atB);
    return new Run(Uint32Array.from(places.flat()));
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
      places.push({ sold: BigInt(this.#at(i, 1)), cancelled: BigInt(this.#at(i, 2)) });
    }
    return places;
  }

  /** @param later a run of purchases that were cancelled later */
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
