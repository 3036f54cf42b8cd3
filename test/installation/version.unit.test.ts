import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from '../../src/installation/version.js';

test('the version that the service tells is that of the package', () => {
  expect(version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});
