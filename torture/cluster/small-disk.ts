import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Caretaker } from '../cleanup/caretaker.js';

const size = '1500m';

/**
 * A file system of its own, in memory, which can be filled up. Where this process may not mount one, `isOwn` is false, the folder is
 * an ordinary one, and nothing is filled.
 */
export class SmallDisk {
  private constructor(
    readonly folder: string,
    readonly isOwn: boolean,
  ) {}

  static open(folder: string, caretaker: Caretaker): SmallDisk {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=711`, 'tmpfs', folder]);
    const disk = new SmallDisk(folder, mounted.status === 0);
    if (disk.isOwn) caretaker.mounted(folder);
    return disk;
  }

  /** Takes up all that is left but for `bytesLeft`. */
  async fill(bytesLeft: number): Promise<void> {
    if (!this.isOwn) return;
    const { bavail, bsize } = statfsSync(this.folder);
    const bytes = bavail * bsize - bytesLeft;
    if (bytes > 0) await once(spawn('fallocate', ['-l', String(bytes), this.#ballast]), 'exit');
  }

  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}
