/**
 * Yields the items of `source`, requesting one item ahead while the consumer handles the current one. A consumer that stops early
 * waits for the item in flight.
 * @param onLeft called before that wait, to cut it short; not when the source has ended by itself
 */
export async function* oneAhead<Item>(
  source: AsyncGenerator<Item>,
  onLeft: () => void = () => {},
): AsyncGenerator<Item> {
  let next = outcomeOf(source.next());
  let isOver = false;
  try {
    for (;;) {
      const outcome = await next;
      isOver = 'error' in outcome || outcome.result.done === true;
      if ('error' in outcome) throw outcome.error;
      if (outcome.result.done === true) return;
      next = outcomeOf(source.next());
      yield outcome.result.value;
    }
  } finally {
    if (!isOver) {
      onLeft();
      await next;
      await source.return(undefined);
    }
  }
}

type Outcome<T> = { readonly result: T } | { readonly error: unknown };

/** Keeps a failure as a value, so that it is not an unhandled rejection before it is read. */
const outcomeOf = <T>(promise: Promise<T>): Promise<Outcome<T>> =>
  promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
