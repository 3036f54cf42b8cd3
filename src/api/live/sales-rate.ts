interface Sample {
  readonly sold: number;
  readonly at: number;
}

const windowMs = 1_000;

/** How much the number of tickets sold rose within the last second. */
export class SalesRate {
  /** Those of the last second, and the one before them. */
  readonly #samples: Sample[] = [];

  /** @param now in ms, of a clock that never goes back */
  at(sold: number, now: number): number {
    this.#samples.push({ sold, at: now });
    while ((this.#samples[1]?.at ?? now) <= now - windowMs) this.#samples.shift();
    return Math.max(0, sold - (this.#samples[0]?.sold ?? sold));
  }
}
