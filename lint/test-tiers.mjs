/**
 * Fails on a test file whose name tells no tier: vitest finds tests by these endings, and would leave the file out without
 * a word.
 */
import { readdirSync } from 'node:fs';

const nameless = readdirSync('test', { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.test.ts') && !/\.(unit|int|slow|long)\.test\.ts$/.test(path));
for (const path of nameless) {
  console.error(
    `test/${path}: end its name in .unit.test.ts, .int.test.ts, .slow.test.ts or .long.test.ts (CONTRIBUTING.md, Test)`,
  );
}
if (nameless.length > 0) process.exitCode = 1;
