import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** A test like others, so that it runs beside them. */
it('`npm run lint` minds nothing', async () => {
  const lint = promisify(execFile)('npm', ['run', '--silent', 'lint'], { maxBuffer: 1e8 });
  const { code, stdout, stderr } = await lint
    .then((output) => ({ ...output, code: 0 }))
    .catch((failed) => failed);
  expect(code, `${stdout}${stderr}`).toBe(0);
});
