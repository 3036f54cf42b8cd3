import type { Logger } from 'pino';

/** The signals of a process manager, a terminal, and a terminal that closes. */
const stopSignals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Resolves on the first signal to stop, or when the parent process has died. A second signal ends the process at once. */
export function untilStopped(logger: Logger, signals = stopSignals): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (reason: string) => {
      if (stopping) process.exit(1);
      stopping = true;
      logger.info({ reason }, 'stopping: finishing requests in flight');
      resolve();
    };
    for (const signal of signals) process.on(signal, () => stop(signal));
    process.on('disconnect', () => {
      if (!stopping) stop('the primary is gone');
    });
  });
}
