/** Runs tasks concurrently until one of them ends or fails, or `signal` aborts; then aborts the others and waits for them. */
export async function untilFirstEnds(
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const joint = AbortSignal.any([signal, ending.signal]);
  const outcomes = await Promise.allSettled(tasks.map((task) => task(joint).finally(() => ending.abort())));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
