import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Supervisor, startSupervisor } from '../watchdog/supervisor.js';
import { onPort } from './free-port.js';
import { ensureRedisServer } from './redis-install.js';

export interface RedisOptions {
  /** The folder that holds the append-only file; made when missing, kept on stop. */
  dataDir: string;
  /** The port; a free one when not given. */
  port?: number;
  /** The supervisor that runs and stops the server; one that owns `dataDir` when not given. */
  supervisor?: Supervisor;
  log?: (line: string) => void;
}

export interface Redis {
  url: string;
  port: number;
  readonly pid: number;
  /** Resolves when the server has ended; the data stays. */
  stop(): Promise<void>;
}

/**
 * Starts a real Redis (or Valkey) on loopback, installing it first when the machine has none and this process may. The data
 * survives a stop; of a crash of the machine, all but the last second. Rejects when another process uses the folder.
 */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const folder = resolve(options.dataDir);
  const command = await ensureRedisServer(options.log ?? (() => undefined));
  const supervisor = options.supervisor ?? (await startSupervisor({ folder }));
  try {
    await mkdir(folder, { recursive: true });
    return await onPort(options.port, async (port) => {
      const server = await supervisor.startServer(
        { name: 'Redis', command, args: settings(folder, port), stopSignal: 'SIGTERM' },
        /Ready to accept connections/,
      );
      const stop = options.supervisor === undefined ? supervisor.stop : server.stop;
      return {
        url: `redis://127.0.0.1:${port}`,
        port,
        get pid() {
          return server.pid;
        },
        stop,
      };
    });
  } catch (error) {
    if (options.supervisor === undefined) await supervisor.stop();
    throw error;
  }
}

function settings(folder: string, port: number): string[] {
  const values = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    // No snapshots beside the append-only file.
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
