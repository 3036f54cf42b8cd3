import { spawnSync } from 'node:child_process';
import { onPath } from '../../dev-servers/servers/on-path.js';

const isRoot = process.getuid?.() === 0;

export interface Program {
  readonly name: string;
  /** Where it is; undefined when it is not there. */
  readonly find: () => string | undefined;
  /** The packages that have it, by package manager; with apt, the first that there is. */
  readonly packages: { readonly apt: readonly string[]; readonly brew: readonly string[] };
  /** What to do where it cannot be installed. */
  readonly hint: string;
}

/** The path of a program; installs it with the package manager when it is missing and we may. @throws with the hint */
export function ensureProgram({ name, find, packages, hint }: Program): string {
  // Two test files may want a program at the same time, and apt-get fails where another one runs.
  const apt = [...(isRoot ? [] : ['sudo', '-n']), 'flock', '/tmp/onsale-apt-get.lock', 'apt-get'];
  const commands = onPath('apt-get')
    ? [
        [...apt, 'update'],
        ...packages.apt.map((one) => [...apt, 'install', '-y', '--no-install-recommends', one]),
      ]
    : onPath('brew')
      ? [['brew', 'install', ...packages.brew]]
      : [];
  for (const [command = '', ...args] of commands) {
    if (find() !== undefined) break;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync(command, args, { stdio: ['ignore', 2, 2], env });
  }
  const found = find();
  if (found === undefined)
    throw new Error(`There is no ${name} here, and it could not be installed. ${hint}`);
  return found;
}
