import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pageOnce } from '../../src/api/page/page.js';

/** A package in which nothing is built. */
function emptyPackage(): {
  put(path: string, text?: string): void;
  remove(path: string): void;
  root: string;
} {
  const root = mkdtempSync(join(tmpdir(), 'onsale-page-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return {
    root,
    put(path, text = '') {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: (path) => rmSync(join(root, path)),
  };
}

test('a page that was not there, or could not be read, is read again; one that was read is kept', async () => {
  const { put, remove, root } = emptyPackage();
  const page = pageOnce(root);
  expect(await page()).toBeNull();
  put('dist/browser/app/main.js');
  await expect(page()).rejects.toMatchObject({ code: 'ENOENT' });
  put('page/style.css', 'body { color: red }');
  const made = await page();
  expect([...(made?.files.keys() ?? [])]).toContain('style.css');
  remove('page/style.css');
  expect(await page()).toBe(made);
});
