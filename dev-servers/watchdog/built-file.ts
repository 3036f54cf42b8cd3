import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file of a program in `dist/programs`, to be run as a process. It is right wherever this code runs from: that folder, `dist`,
 * or the TypeScript sources, as under the test runner. @throws when `npm run build` has not been run
 */
export function builtFile(program: string): string {
  const path = join(packageRoot(), 'dist', 'programs', program);
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build" first.`);
  return path;
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error('There is no package.json above this file.');
    folder = dirname(folder);
  }
  return folder;
}
