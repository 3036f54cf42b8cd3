import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Defect } from './defect.js';
import { defects } from './defects.js';

/**
 * Calls `run` with the path of this program, in a copy of the compiled code with the defect in it. The copy is removed afterwards.
 * @param dist folder of the compiled code
 * @throws {TypeError} when there is no such defect, or the code has changed and its patch no longer applies
 */
export async function withDefect<Result>(
  name: string,
  dist: string,
  run: (main: string) => Result | Promise<Result>,
): Promise<Result> {
  const defect = defects.find((each) => each.name === name);
  if (defect === undefined)
    throw new TypeError(`expected one of ${defects.map((each) => each.name).join(', ')}`);
  const copy = mkdtempSync(join(tmpdir(), 'onsale-defect-'));
  try {
    for (const folder of ['src', 'simulation'])
      cpSync(join(dist, folder), join(copy, folder), {
        recursive: true,
        filter: (path) => ['', '.js'].includes(extname(path)),
      });
    symlinkSync(resolve(dist, '../node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}\n');
    const { file } = defect;
    patch(join(copy, file.startsWith('simulation/') ? file : join('src', file)), defect);
    return await run(join(copy, 'simulation/main.js'));
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function patch(path: string, { name, file, text, instead }: Defect): void {
  const [before, after, ...more] = readFileSync(path, 'utf8').split(text);
  if (before === undefined || after === undefined || more.length > 0)
    throw new TypeError(`the defect ${name} does not apply: ${file} does not have its text exactly once`);
  writeFileSync(path, before + instead + after);
}
