import { builtFile } from '../watchdog/built-file.js';
import type { Supervisor } from '../watchdog/supervisor.js';
import { onPort } from './free-port.js';

export interface EventStoreProcess {
  /** Connection string for the EventStoreDB client. */
  url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Runs the stand-in event store as a process of its own, with its log in the Postgres database `databaseUrl`. */
export async function startEventStore(options: {
  databaseUrl: string;
  supervisor: Supervisor;
}): Promise<EventStoreProcess> {
  // The server keeps its port when it is started again.
  const server = await onPort(undefined, (port) =>
    options.supervisor.startServer(
      {
        name: 'The event store',
        command: process.execPath,
        args: [builtFile('event-store.js'), '--port', String(port)],
        env: { EVENT_STORE_POSTGRES_URL: options.databaseUrl },
        stopSignal: 'SIGTERM',
      },
      /^esdb:\/\//,
    ),
  );
  return {
    url: server.readyLine,
    get pid() {
      return server.pid;
    },
    stop: server.stop,
  };
}
