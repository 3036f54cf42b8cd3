import { within } from '../../waiting/within.js';

/** The result of a probe. `fails`: the server refused or could not be reached. `silent`: no answer in time. */
export type ProbeAnswer = 'answers' | 'fails' | 'silent';

export type Probed<T> =
  | { readonly answer: 'answers'; readonly value: T }
  | { readonly answer: 'fails' | 'silent' };

/** The longest wait for a probe, in ms: the request around it is answered within 2 s. */
const patienceMs = 1_500;

/**
 * Checks a server, within a time limit. While a check is unanswered, the next one waits for the same answer: checks do not pile
 * up at a silent server, with a connection each.
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
      // The requests that need the server log why it fails; a probe only says that it does.
      return { answer: 'fails' };
    } finally {
      this.#asked = null;
    }
  }
}
