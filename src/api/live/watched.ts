import type { ConcertView } from '../reading/views.js';
import { eventText, type Message } from './message.js';
import { SalesRate } from './sales-rate.js';
import type { Viewer } from './viewer.js';

/** A concert that is watched, and its newest message. */
export class Watched {
  readonly viewers = new Set<Viewer>();
  readonly #rate = new SalesRate();
  #concert: ConcertView;
  #looked: ConcertView;
  #lookedAt: number;
  #text: string;
  #message: Message;
  #madeAt: number;

  constructor(concert: ConcertView, now: number) {
    this.#concert = concert;
    this.#looked = concert;
    this.#lookedAt = now;
    this.#text = eventText(concert, this.#rate.at(concert.sold, now));
    this.#message = { bytes: Buffer.from(this.#text), revision: concert.revision, isRepeat: false };
    this.#madeAt = now;
  }

  get message(): Message {
    return this.#message;
  }

  /** The state as viewers see it; undefined where none was found for `ms`. */
  within(ms: number, now: number): ConcertView | undefined {
    return now - this.#lookedAt <= ms ? this.#concert : undefined;
  }

  /** An older state than the last is not shown before the next repeat: the stream may have begun with the log, ahead of the read model. */
  saw(concert: ConcertView, now: number): void {
    this.#looked = concert;
    this.#lookedAt = now;
    if (concert.revision >= this.#concert.revision) this.#concert = concert;
    this.#make(false, now);
  }

  /** Makes a new message if the last is older than `ms`. */
  repeatAfter(ms: number, now: number): void {
    if (now - this.#madeAt < ms) return;
    this.#concert = this.#looked;
    this.#make(true, now);
  }

  #make(isRepeat: boolean, now: number): void {
    const { sold, revision } = this.#concert;
    const text = eventText(this.#concert, this.#rate.at(sold, now));
    if (text === this.#text && !isRepeat) return;
    this.#text = text;
    this.#message = { bytes: Buffer.from(text), revision, isRepeat };
    this.#madeAt = now;
  }
}
