/** Runs tasks side by side until one of them ends or fails, or `signal` aborts; then the others are told to end too. */
export async function untilFirstEnds(
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const joint = AbortSignal.any([signal, ending.signal]);
  const outcomes = await Promise.allSettled(tasks.map((task) => task(joint).finally(() => ending.abort())));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
