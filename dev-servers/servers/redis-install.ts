import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { onPath } from './on-path.js';

export const servers = ['redis-server', 'valkey-server'];

interface PackageManager {
  command: string;
  needsRoot: boolean;
  /** Package names, tried in this order until a server is there: some systems have only one of them. */
  attempts: string[][];
}

const PACKAGE_MANAGERS: PackageManager[] = [
  {
    command: 'apt-get',
    needsRoot: true,
    attempts: [['update'], ['install', '-y', '--no-install-recommends', 'redis-server']],
  },
  {
    command: 'dnf',
    needsRoot: true,
    attempts: [
      ['install', '-y', 'valkey'],
      ['install', '-y', 'redis'],
    ],
  },
  { command: 'apk', needsRoot: true, attempts: [['add', '--no-cache', 'redis']] },
  { command: 'brew', needsRoot: false, attempts: [['install', 'redis']] },
];

/** The facts that decide whether this process may install packages. */
export interface Machine {
  isRoot: boolean;
  has(command: string): boolean;
  /** Whether sudo works without a password. */
  maySudo(): boolean;
}

export const thisMachine: Machine = {
  isRoot: process.getuid?.() === 0,
  has: (command) => onPath(command) !== undefined,
  maySudo: () => spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0,
};

/**
 * The path of a Redis or Valkey server; installs one with the package manager when there is none and this process may. Rejects,
 * naming the ways out, when there is none in the end.
 *
 * On Debian the package may also start a system service on port 6379: it is neither used nor touched.
 */
export async function ensureRedisServer(log: (line: string) => void): Promise<string> {
  for (const command of installation(thisMachine)) {
    if (findServer() !== undefined) break;
    log(`There is no redis-server here; installing it: ${command.join(' ')}`);
    await run(command);
  }
  const server = findServer();
  if (server !== undefined) return server;
  throw new Error(
    'There is no redis-server or valkey-server on PATH, and it could not be installed. Install one, or set REDIS_URL to a running one, or start everything with docker-compose.yml: docker compose up.',
  );
}

/** The commands that install a server, one after the other; none when this process may not. */
export function installation(machine: Machine): string[][] {
  const manager = PACKAGE_MANAGERS.find(({ command }) => machine.has(command));
  if (manager === undefined) return [];
  const asRoot = (command: string[]) => (machine.isRoot ? command : ['sudo', '-n', ...command]);
  if (!manager.needsRoot) {
    return machine.isRoot ? [] : manager.attempts.map((args) => [manager.command, ...args]);
  }
  if (!machine.isRoot && !(machine.has('sudo') && machine.maySudo())) return [];
  return manager.attempts.map((args) => asRoot([manager.command, ...args]));
}

function findServer(): string | undefined {
  return servers.map(onPath).find((path) => path !== undefined);
}

/** Runs a command with its output on stderr. Its failure does not count: what counts is whether a server is there afterwards. */
async function run([command = '', ...args]: string[]): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  await once(child, 'close');
}
