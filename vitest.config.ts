import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Tests of a tier, which the ending of a file's name tells. */
const tier = (name: string, test: TestProjectInlineConfiguration['test']) => ({
  extends: true as const,
  test: { name, include: [`test/**/*.${name}.test.ts`], ...test },
});

const withServers = {
  // After the unit tests. One worker more than a small machine has cores: some test always waits for a lease or a pause to end.
  sequence: { groupOrder: 1 },
  maxWorkers: 3,
  // Builds and starts the servers: once for all tiers that ask, and not at all where no test of theirs runs.
  globalSetup: ['test/support/global-setup.ts'],
  setupFiles: ['test/support/tell-servers.ts', 'test/support/check-every-answer.ts'],
};

export default defineConfig({
  test: {
    projects: [
      // Threads start sooner than processes, and these tests have no use for one of their own.
      tier('unit', { pool: 'threads', maxWorkers: 2, setupFiles: ['test/support/unit-setup.ts'] }),
      tier('int', withServers),
      tier('slow', withServers),
      // Searches, which a developer does not wait for each time: with `npm run test:long`, and wherever CI is set.
      // After the others, one by one: faults that strike services want CPU time for what is to heal.
      ...(process.env.CI
        ? [tier('long', { ...withServers, sequence: { groupOrder: 2 }, maxWorkers: 1 })]
        : []),
    ],
    reporters: ['default', './test/support/plain-line-reporter.ts'],
    // Hang guards: what takes a second on an idle machine takes many on a busy one.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Files of a worker share what they import, which saves a second for each; they share no servers' data, as each has a namespace of its own.
    isolate: false,
  },
});
