/**
 * The promise's outcome, or that of `late` after `ms` milliseconds. The work itself goes on; its late outcome is dropped.
 * @param late answers in its place, or throws
 */
export async function within<T>(ms: number, promise: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([promise, patience.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
