/** Opens once. */
export class Latch {
  #open: (problem: string | null) => void = () => {};
  readonly #opened = new Promise<string | null>((resolve) => {
    this.#open = resolve;
  });

  open(problem: string | null): void {
    this.#open(problem);
  }

  /** Rejects when it was opened for a problem. */
  get opened(): Promise<void> {
    return this.#opened.then((problem) => {
      if (problem !== null) throw new Error(problem);
    });
  }
}
