import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { identityOf, isIdentity, isRunning, type ProcessIdentity } from './process-identity.js';
import { until } from './until.js';

/** How long servers of a crashed run get to stop by themselves, in milliseconds. */
const PREDECESSOR_GRACE_MS = 40_000;
/** How long an orphaned server gets between the stop signal and SIGKILL, in milliseconds. */
const ORPHAN_GRACE_MS = 20_000;

interface Lock {
  readonly owner: ProcessIdentity;
  readonly watchdog: ProcessIdentity;
  servers: ProcessIdentity[];
}

// By hand: loading a schema library would be half of what starting a watchdog costs.
const isLock = (value: unknown): value is Lock =>
  typeof value === 'object' &&
  value !== null &&
  'owner' in value &&
  'watchdog' in value &&
  'servers' in value &&
  [value.owner, value.watchdog].every(isIdentity) &&
  Array.isArray(value.servers) &&
  value.servers.every(isIdentity);

export interface FolderLock {
  /**
   * Records which servers work in the folder, so that they are found if even the watchdog is killed.
   * @throws when the lock no longer exists, perhaps with its folder, or cannot be written
   */
  recordServers(servers: readonly ProcessIdentity[]): void;
  /** Does nothing when the lock has ended or another owner has taken it. */
  release(): void;
}

/**
 * Makes this process the only watchdog of `folder`, on behalf of the process `ownerPid`.
 *
 * A lock left behind by a crash is taken over: first its watchdog is given the time to stop its servers, then
 * servers that outlived their watchdog are stopped. Throws, with words for the user, while the owner lives.
 */
export async function lockFolder(folder: string, ownerPid: number): Promise<FolderLock> {
  const path = lockIn(folder);
  const lock: Lock = { owner: mustIdentify(ownerPid), watchdog: mustIdentify(process.pid), servers: [] };
  while (!createExclusively(path, lock)) {
    const found = readLock(path);
    if (found !== undefined) {
      await waitForPredecessor(folder, found);
      breakLock(path, found);
    }
  }
  return {
    recordServers: (servers) => {
      if (!isOf(lock.watchdog, path)) throw new Error(`The lock ${path} is gone.`);
      lock.servers = [...servers];
      renameSync(writeBeside(path, lock), path);
    },
    release: () => releaseLock(folder, lock.watchdog),
  };
}

/** Removes the lock that the watchdog took, and no other one. */
export function releaseLock(folder: string, watchdog: ProcessIdentity): void {
  const path = lockIn(folder);
  if (isOf(watchdog, path)) rmSync(path, { force: true });
}

const isOf = (watchdog: ProcessIdentity, path: string): boolean =>
  isDeepStrictEqual(readLock(path)?.watchdog, watchdog);

const lockIn = (folder: string): string => join(folder, 'onsale.lock');

function mustIdentify(pid: number): ProcessIdentity {
  const found = identityOf(pid);
  if (found === undefined) throw new Error(`The process ${pid} that asked for this folder is gone.`);
  return found;
}

async function waitForPredecessor(folder: string, { owner, watchdog, servers }: Lock): Promise<void> {
  if (isRunning(owner)) {
    throw new Error(
      `The data folder ${folder} is in use by process ${owner.pid}. Stop that process, or choose another folder with DATA_DIR.`,
    );
  }
  if (!(await until(() => !isRunning(watchdog), PREDECESSOR_GRACE_MS))) {
    throw new Error(
      `The servers of an earlier run in ${folder} do not stop. End process ${watchdog.pid}, then try again.`,
    );
  }
  await Promise.all(servers.map((server) => endProcess(server, 'SIGINT')));
}

/** Ends the process, if it still runs: with the signal, and with SIGKILL 20 s later. Resolves when it has ended. */
export async function endProcess(server: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  for (const each of [signal, 'SIGKILL'] as const) {
    if (!isRunning(server)) return;
    try {
      process.kill(server.pid, each);
    } catch (error) {
      // The process ended in between.
      if (!hasCode(error, 'ESRCH')) throw error;
    }
    if (await until(() => !isRunning(server), ORPHAN_GRACE_MS)) return;
  }
}

/** A hard link is created whole or not at all, so a lock is never read half written. */
function createExclusively(path: string, lock: Lock): boolean {
  const complete = writeBeside(path, lock);
  try {
    linkSync(complete, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(complete);
  }
}

function writeBeside(path: string, lock: Lock): string {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, JSON.stringify(lock));
  return beside;
}

function readLock(path: string): Lock | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isLock(found)) return found;
    throw new TypeError('it names no processes');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new Error(`The lock ${path} cannot be read. If nothing uses the folder, delete this file.`, {
      cause: error,
    });
  }
}

/** Two processes may find the same stale lock: one that moves away the fresh lock of the other puts it back. */
function breakLock(path: string, stale: Lock): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (isDeepStrictEqual(readLock(aside), stale)) rmSync(aside);
  else renameSync(aside, path);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
