import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { identityOf, isRunning } from './watchdog/process-identity.js';

const announced = z.object({
  process: z.object({ pid: z.int().positive(), startedAt: z.string() }),
  servers: z.object({
    eventStoreUrl: z.string(),
    redisUrls: z.array(z.string()),
    databaseUrl: z.string(),
  }),
});

export interface AnnouncedServers {
  readonly eventStoreUrl: string;
  readonly redisUrls: readonly string[];
  readonly databaseUrl: string;
}

const pathIn = (dataDir: string): string => join(dataDir, 'servers.json');

/** Writes the URLs of the servers that this process has started, for commands in other processes. Readable by its user alone. */
export function announceServers(dataDir: string, servers: AnnouncedServers): void {
  mkdirSync(dataDir, { recursive: true });
  const beside = `${pathIn(dataDir)}.${process.pid}`;
  writeFileSync(beside, JSON.stringify({ process: identityOf(process.pid), servers }), { mode: 0o600 });
  renameSync(beside, pathIn(dataDir));
}

export const withdrawServers = (dataDir: string): void => rmSync(pathIn(dataDir), { force: true });

/** The URLs of the servers of a running service; null when no service runs on this folder. */
export function announcedServers(dataDir: string): AnnouncedServers | null {
  try {
    const { process: owner, servers } = announced.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')));
    return isRunning(owner) ? servers : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
