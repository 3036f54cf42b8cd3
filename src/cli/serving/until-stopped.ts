import type { Logger } from 'pino';

/** What a process manager, a terminal and the end of a terminal send. */
const stopSignals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Resolves on the first signal to stop, or when the process that started this one is gone. A second signal ends it at once. */
export function untilStopped(logger: Logger, signals = stopSignals): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (reason: string) => {
      if (stopping) process.exit(1);
      stopping = true;
      logger.info({ reason }, 'stopping: finishing what is in flight');
      resolve();
    };
    for (const signal of signals) process.on(signal, () => stop(signal));
    process.on('disconnect', () => {
      if (!stopping) stop('the primary is gone');
    });
  });
}
