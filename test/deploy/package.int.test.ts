import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const packed = z.array(z.object({ files: z.array(z.object({ path: z.string() })) }));

test('the package has the program and its dev servers, what to deploy and read, and no tests', () => {
  const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' });
  const paths = (packed.parse(JSON.parse(out))[0]?.files ?? []).map(({ path }) => path);
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const path of [
    bin.onsale,
    'dist/programs/workers/worker.js',
    'dist/programs/event-store.js',
    'dist/programs/LICENCES.txt',
    'dist/src/client/index.js',
    'dist/browser/app/main.js',
    'page/style.css',
  ])
    expect(paths).toContain(path);
  for (const path of ['README.md', 'LICENSE', 'docs/operations.md', 'deploy/grafana/onsale.json'])
    expect(paths).toContain(path);
  expect(paths.filter((path) => /^(dist\/)?(test|bench|simulation)\/|\.map$|tsbuildinfo/.test(path))).toEqual(
    [],
  );
});

/** A package that reads files beside itself does not find them from the bundle: it has to be left out (src/bundle.mjs). */
test('no bundled package looks for files beside itself', () => {
  const comment = /^\s*(\*|\/\/)/;
  for (const file of readdirSync('dist/programs').filter((name) => name.endsWith('.js'))) {
    const lines = readFileSync(`dist/programs/${file}`, 'utf8').split('\n');
    const found = lines.filter((line) => /\b__dirname\b/.test(line) && !comment.test(line));
    expect(found, file).toEqual([]);
  }
});
