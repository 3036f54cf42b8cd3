import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../dev-servers/servers/on-path.js';
import { ensureProgram } from './ensure-program.js';
import { untilAsync } from './until.js';

const isRoot = process.getuid?.() === 0;

/** Debian puts it where only root looks. */
const find = (): string | undefined =>
  onPath('nginx') ?? ['/usr/sbin/nginx', '/opt/homebrew/bin/nginx'].find((path) => existsSync(path));

const ensureNginx = (): string =>
  ensureProgram({
    name: 'nginx',
    find,
    packages: { apt: ['nginx'], brew: ['nginx'] },
    hint: 'Install it.',
  });

export interface Nginx {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** A real nginx with this configuration, which listens on `port` of loopback. Files go to a temporary folder. */
export async function startNginx(configuration: string, port: number): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder};`,
  );
  const file = join(folder, 'nginx.conf');
  const head = [`pid ${folder}/pid;`, 'daemon off;', ...(isRoot ? ['user root;'] : [])];
  await writeFile(
    file,
    `${head.join('\n')}\n${configuration.replace(/^http \{$/m, `http {\n${temporary.join('\n')}`)}`,
  );
  const child = spawn(ensureNginx(), ['-p', folder, '-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const gone = once(child, 'exit');
  await untilAsync(() => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaints}`);
    return listens(port);
  }, 'nginx to listen');
  return {
    process: child,
    async stop() {
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true });
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Not yet.
    return false;
  } finally {
    socket.destroy();
  }
}
