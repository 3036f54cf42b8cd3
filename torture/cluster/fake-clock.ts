import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian and its kin put it, by `apt-get install libfaketime`. */
const libraries = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`,
);

export const fakeTimeLibrary = (): string | undefined => libraries.find((path) => existsSync(path));

/** A wall clock of one process that can be moved; the monotonic clock runs on. */
export class FakeClock {
  readonly #file: string;

  constructor(folder: string, name: string) {
    this.#file = join(folder, `clock-${name}`);
    this.move(0);
  }

  get variables(): Readonly<Record<string, string>> {
    const library = fakeTimeLibrary();
    if (library === undefined) throw new Error('There is no libfaketime here: apt-get install libfaketime');
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** @param seconds from the true time */
  move(seconds: number): void {
    // In one step, so that no process reads half of it.
    writeFileSync(`${this.#file}.next`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
    renameSync(`${this.#file}.next`, this.#file);
  }

  close(): void {
    rmSync(this.#file, { force: true });
  }
}
