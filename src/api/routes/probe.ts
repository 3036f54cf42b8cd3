import { within } from '../../waiting/within.js';

/** How a probe went. `fails`: it was told no at once. `silent`: no answer in time. */
export type ProbeAnswer = 'answers' | 'fails' | 'silent';

export type Probed<T> =
  | { readonly answer: 'answers'; readonly value: T }
  | { readonly answer: 'fails' | 'silent' };

/** How long a probe waits, in ms: with what is around it, the whole is answered within 2 s. */
const patienceMs = 1_500;

/**
 * Asks a server how it is, and waits no longer than a probe should. While a question is unanswered the next one waits for
 * the same answer: a server that says nothing is not asked more and more, with a connection each.
 */
export class Probe<T> {
  #asked: Promise<Probed<T>> | null = null;

  constructor(private readonly ask: () => Promise<T>) {}

  /** Never rejects. */
  result(): Promise<Probed<T>> {
    this.#asked ??= this.#askOnce();
    return within<Probed<T>>(patienceMs, this.#asked, () => ({ answer: 'silent' }));
  }

  async #askOnce(): Promise<Probed<T>> {
    try {
      return { answer: 'answers', value: await this.ask() };
    } catch {
      // Why it failed is told by those who needed it; a probe only says that it did.
      return { answer: 'fails' };
    } finally {
      this.#asked = null;
    }
  }
}
