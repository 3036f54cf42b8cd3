import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onPort } from '../../dev-servers/servers/free-port.js';
import { ensureRedisServer } from '../../dev-servers/servers/redis-install.js';

/** A Redis with the settings it comes with (snapshots now and then, no append-only file), which may be killed or paused. */
export class OwnRedis {
  #process: ChildProcess | null = null;

  private constructor(
    private readonly command: string,
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** @param settings as redis-server takes them, `--name value` */
  static async start(...settings: string[]): Promise<OwnRedis> {
    const command = await ensureRedisServer((line) => process.stderr.write(`${line}\n`));
    const folder = await mkdtemp(join(tmpdir(), 'onsale-bench-redis-'));
    return onPort(undefined, async (port) => {
      const redis = new OwnRedis(command, folder, port);
      await redis.startAgain(settings);
      return redis;
    });
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it with the data of its last snapshot, if any. Resolves at the line of its log that contains `until`. */
  async startAgain(settings: readonly string[] = [], until = 'Ready to accept connections'): Promise<void> {
    const args = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder, ...settings];
    const child = spawn(this.command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes(until)) continue;
      child.stdout.resume();
      return;
    }
    throw new Error('Redis ended before it was ready.');
  }

  /** Makes it silent: it accepts connections and commands, and answers none. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Kills it with -9, as a crash would: it writes nothing. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
