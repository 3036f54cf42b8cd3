import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const packed = z.array(z.object({ files: z.array(z.object({ path: z.string() })) }));

test('the package has the program and its dev servers, what to deploy and read, and no tests', () => {
  const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' });
  const paths = (packed.parse(JSON.parse(out))[0]?.files ?? []).map(({ path }) => path);
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const path of [
    bin.onsale,
    'dist/dev-servers/index.js',
    'dist/dev-servers/event-store/main.js',
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
