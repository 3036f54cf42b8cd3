type Take = (message: string) => void;

/** Publish and subscribe, as Redis has it: a message reaches those who are subscribed when it is published. */
export class Channels {
  readonly #subscribers = new Map<string, Set<Take>>();

  /** Returns the end of the subscription. */
  subscribe(channel: string, take: Take): () => void {
    const takers = this.#subscribers.get(channel) ?? new Set();
    this.#subscribers.set(channel, takers.add(take));
    return () => {
      takers.delete(take);
      if (takers.size === 0) this.#subscribers.delete(channel);
    };
  }

  /** The number of subscribers. */
  publish(channel: string, message: string): number {
    const takers = this.#subscribers.get(channel) ?? new Set();
    for (const take of takers) take(message);
    return takers.size;
  }

  /** The connections of all subscribers are closed. */
  forgetSubscribers(): void {
    this.#subscribers.clear();
  }
}
