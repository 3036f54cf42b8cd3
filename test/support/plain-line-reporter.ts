import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output of a run with the line "N passed, N failed". A test file that could not be loaded, or whose hooks
 * failed, counts as one failure, and so does every error outside a test.
 */
export default class PlainLineReporter implements Reporter {
  private line: string | undefined;

  /** Written at the very end of the process: other reporters and the shutdown may still have something to say. */
  onInit(): void {
    process.once('exit', () => {
      if (this.line !== undefined) process.stdout.write(`${this.line}\n`);
    });
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errorsOutsideTests: ReadonlyArray<unknown>): void {
    let passed = 0;
    let failed = errorsOutsideTests.length;
    for (const module of modules) {
      const failedTests = [...module.children.allTests('failed')].length;
      passed += [...module.children.allTests('passed')].length;
      failed += failedTests === 0 && module.state() === 'failed' ? 1 : failedTests;
    }
    this.line = `${passed} passed, ${failed} failed`;
  }
}
