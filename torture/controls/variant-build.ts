import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Control, Patch } from './controls.js';

/** Both `npm run` and the test runner run in the folder of the project. */
const dist = resolve('dist');

/** A copy of the compiled service with the patches of a control. The service as it is shipped knows nothing of it. */
export class VariantBuild {
  readonly #folder: string;

  /** @throws {TypeError} when a patch does not fit the code any more */
  constructor({ name, patches }: Control, folder: string) {
    this.#folder = mkdtempSync(join(folder, 'variant-'));
    for (const folder of ['src', 'torture'])
      cpSync(join(dist, folder), join(this.#folder, 'dist', folder), { recursive: true });
    symlinkSync(resolve('node_modules'), join(this.#folder, 'node_modules'));
    writeFileSync(join(this.#folder, 'package.json'), '{"type":"module"}\n');
    for (const patch of patches) this.#apply(name, patch);
  }

  get serviceFile(): string {
    return join(this.#folder, 'dist/torture/cluster/service-process.js');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #apply(name: string, { file, text, instead }: Patch): void {
    const path = join(this.#folder, 'dist/src', file);
    const [before, after, ...more] = readFileSync(path, 'utf8').split(text);
    if (before === undefined || after === undefined || more.length > 0)
      throw new TypeError(`the control ${name} does not apply: ${file} does not have "${text}" exactly once`);
    writeFileSync(path, before + instead + after);
  }
}

/** Problems of patches that do not fit the code. */
export function misfits(controls: readonly Control[]): readonly string[] {
  return controls.flatMap(({ name, patches }) =>
    patches.flatMap(({ file, text }) => {
      const times = readFileSync(join(dist, 'src', file), 'utf8').split(text).length - 1;
      return times === 1 ? [] : [`${name}: ${file} has "${text}" ${times} times`];
    }),
  );
}
