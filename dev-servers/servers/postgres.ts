import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { programNameOf } from '../watchdog/process-identity.js';
import { type SupervisedServer, type Supervisor, startSupervisor } from '../watchdog/supervisor.js';
import { onPort } from './free-port.js';
import { giveTo, letAccountReach, type PostgresAccount, postgresAccount } from './postgres-account.js';
import { postgresBinaries } from './postgres-binaries.js';

const OWNER = 'onsale';
const DEFAULT_DATABASE = 'onsale';

/** A commit is on disk before it is answered; the rest keeps a laptop from stalling in checkpoints. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'minimal',
  max_wal_senders: 0,
  min_wal_size: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  log_checkpoints: 'off',
  jit: 'off',
};

export interface PostgresOptions {
  /** The folder that holds everything of this server; made when missing, kept on stop. */
  dataDir: string;
  /** The port; a free one when not given. */
  port?: number;
  /** The supervisor that runs and stops the server; one that owns `dataDir` when not given. */
  supervisor?: Supervisor;
  log?: (line: string) => void;
  /** Whether the folder is deleted afterwards: what initialises it then does not wait for the disk. */
  ephemeral?: boolean;
}

export interface Postgres {
  /** Connection string of the database "onsale". */
  url: string;
  port: number;
  readonly pid: number;
  /** Creates the database unless there is one of this name; resolves with its connection string. */
  database(name: string): Promise<string>;
  /** Resolves when the server has ended; the data stays. */
  stop(): Promise<void>;
}

/**
 * Starts a real Postgres on loopback. The data survives a stop and a crash; an initialisation that was interrupted is
 * done again. Rejects when another process uses the folder, naming it.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const folder = resolve(options.dataDir);
  const log = options.log ?? (() => undefined);
  const supervisor = options.supervisor ?? (await startSupervisor({ folder }));
  try {
    const cluster = await prepareCluster(folder, supervisor, log, options.ephemeral === true);
    const { server, port } = await onPort(options.port, async (port) => ({
      server: await startServer(cluster, port, supervisor),
      port,
    }));
    const database = (name: string) => ensureDatabase(cluster.password, port, name);
    const stop = options.supervisor === undefined ? supervisor.stop : server.stop;
    return {
      url: await database(DEFAULT_DATABASE),
      port,
      get pid() {
        return server.pid;
      },
      database,
      stop,
    };
  } catch (error) {
    if (options.supervisor === undefined) await supervisor.stop();
    throw error;
  }
}

interface Cluster {
  dataFolder: string;
  password: string;
  postgres: string;
  account: PostgresAccount;
}

/** The folder "data" is there only when its initialisation was completed: it is made under another name. */
async function prepareCluster(
  folder: string,
  supervisor: Supervisor,
  log: (line: string) => void,
  ephemeral: boolean,
): Promise<Cluster> {
  const { postgres, initdb } = await postgresBinaries();
  const account = postgresAccount(log);
  await mkdir(folder, { recursive: true });
  giveTo(account, folder);
  for (const path of [folder, postgres]) letAccountReach(path, account, log);

  const dataFolder = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  if (!existsSync(dataFolder)) {
    const unfinished = join(folder, 'data.unfinished');
    await rm(unfinished, { recursive: true, force: true });
    await writeFile(passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 });
    giveTo(account, passwordFile);
    await supervisor.runTask({
      name: 'initdb',
      command: initdb,
      args: [`--pgdata=${unfinished}`, `--username=${OWNER}`, `--pwfile=${passwordFile}`].concat(
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        ...(ephemeral ? ['--no-sync'] : []),
      ),
      stopSignal: 'SIGTERM',
      cwd: folder,
      ...account,
    });
    await rename(unfinished, dataFolder);
  }
  return { dataFolder, password: await readFile(passwordFile, 'utf8'), postgres, account };
}

async function startServer(
  cluster: Cluster,
  port: number,
  supervisor: Supervisor,
): Promise<SupervisedServer> {
  const { dataFolder, postgres, account } = cluster;
  await removeMisleadingPidFile(dataFolder);
  return supervisor.startServer(
    {
      name: 'Postgres',
      command: postgres,
      args: ['-D', dataFolder, '-p', String(port)].concat(
        Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ),
      // Fast shutdown: sessions are cut, everything committed is kept.
      stopSignal: 'SIGINT',
      cwd: dataFolder,
      ...account,
    },
    /database system is ready to accept connections/,
  );
}

/**
 * Postgres removes the postmaster.pid of a crash by itself, unless another program has its pid by now, which is likely after a
 * restart of a container.
 */
async function removeMisleadingPidFile(dataFolder: string): Promise<void> {
  const pidFile = join(dataFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  if (programNameOf(pid) !== 'postgres') return rm(pidFile, { force: true });
  throw new Error(
    `Another Postgres (process ${pid}) uses the data folder ${dataFolder}. Stop it, then try again.`,
  );
}

async function ensureDatabase(password: string, port: number, name: string): Promise<string> {
  const urlOf = (database: string) => `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`;
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  return urlOf(name);
}
