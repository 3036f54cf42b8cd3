import { builtFile } from './built-file.js';
import type { Supervisor } from './supervise.js';

export interface EventStoreProcess {
  /** Connection string for the EventStoreDB client. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Runs the embedded event store as a process of its own, with its log in the Postgres database `databaseUrl`. */
export async function startEventStore(options: {
  databaseUrl: string;
  supervisor: Supervisor;
}): Promise<EventStoreProcess> {
  const { pid, readyLine, stop } = await options.supervisor.startServer(
    {
      name: 'The event store',
      command: process.execPath,
      args: [builtFile('event-store/main.js'), '--port', '0'],
      env: { EVENT_STORE_POSTGRES_URL: options.databaseUrl },
      stopSignal: 'SIGTERM',
    },
    /^esdb:\/\//,
  );
  return { url: readyLine, pid, stop };
}
