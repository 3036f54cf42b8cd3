import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of the page, by the rest of their path: `app/main.js`, `style.css`. */
export type Assets = ReadonlyMap<string, Buffer>;

/** The scripts that are needed at once; the others are loaded when they are wanted. */
export const firstScripts = ['app/main.js', 'app/shared.js'] as const;

/** Reads them all. Null where the page is not built. @param root the folder of this package */
export async function readAssets(
  root = packageRoot(dirname(fileURLToPath(import.meta.url))),
): Promise<Assets | null> {
  const built = join(root, 'dist', 'browser');
  if (!existsSync(join(built, firstScripts[0]))) return null;
  const assets = new Map<string, Buffer>();
  for (const path of await readdir(built, { recursive: true })) {
    if (path.endsWith('.js')) assets.set(path.replaceAll('\\', '/'), await readFile(join(built, path)));
  }
  const { resolve } = createRequire(import.meta.url);
  const ofPackage = (name: string, file: string) => readFile(join(packageRoot(dirname(resolve(name))), file));
  const styles = [
    await ofPackage('uplot', 'dist/uPlot.min.css'),
    await readFile(join(root, 'page', 'style.css')),
  ];
  assets.set('style.css', Buffer.concat(styles));
  assets.set(
    'display.woff2',
    await ofPackage('@fontsource/league-gothic', 'files/league-gothic-latin-400-normal.woff2'),
  );
  return assets;
}

/** Changes with any of the files. */
export function versionOf(assets: Assets): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of assets) hash.update(path).update(bytes);
  return hash.digest('base64url').slice(0, 12);
}

function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}
