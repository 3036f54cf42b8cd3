/**
 * What `source` yields; the next item is made while the consumer deals with the one before, and no further. Who leaves early
 * waits for the item that is under way.
 * @param onEnd called before that wait, to cut it short
 */
export async function* oneAhead<Item>(
  source: AsyncGenerator<Item>,
  onEnd: () => void = () => {},
): AsyncGenerator<Item> {
  let next = outcomeOf(source.next());
  try {
    for (;;) {
      const outcome = await next;
      if ('error' in outcome) throw outcome.error;
      if (outcome.result.done === true) return;
      next = outcomeOf(source.next());
      yield outcome.result.value;
    }
  } finally {
    onEnd();
    await next;
    await source.return(undefined);
  }
}

type Outcome<T> = { readonly result: T } | { readonly error: unknown };

/** A failure is kept for whoever asks, and is nobody's unhandled rejection meanwhile. */
const outcomeOf = <T>(promise: Promise<T>): Promise<Outcome<T>> =>
  promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
