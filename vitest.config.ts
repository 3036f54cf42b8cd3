import { defineConfig } from 'vitest/config';

/** A tier of tests, told by the ending of a file's name. */
const tier = (name: string, servers: boolean) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/**/*.${name}.test.ts`],
    // Builds and starts the servers: once for all tiers that ask, and not at all where no test of theirs runs.
    setupFiles: servers ? [] : ['test/support/unit-setup.ts'],
    globalSetup: servers ? ['test/support/global-setup.ts'] : [],
  },
});

export default defineConfig({
  test: {
    projects: [tier('unit', false), tier('int', true), tier('slow', true)],
    setupFiles: ['test/support/check-every-answer.ts'],
    reporters: ['default', './test/support/plain-line-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Files of a worker share what they import, which saves a second for each; they share no servers' data, as each has a namespace of its own.
    isolate: false,
  },
});
