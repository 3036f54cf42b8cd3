import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inOwnProcess } from './command-line.js';

/** What bash offers for the last word of a command line. */
function offered(script: string, words: readonly string[]): string[] {
  const complete = `${script}
COMP_WORDS=(onsale "$@"); COMP_CWORD=$#; _onsale; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', complete, 'bash', ...words], { encoding: 'utf8' });
  return out.split('\n').filter((line) => line !== '');
}

test('bash completes commands, subcommands, options and fixed arguments', async () => {
  const { code, out: script } = await inOwnProcess('', ['completion', 'bash']);
  expect(code).toBe(0);
  expect(offered(script, ['proj'])).toEqual(['projections']);
  expect(offered(script, ['projections', 're'])).toEqual(['rebuild', 'resume', 'reset']);
  expect(offered(script, ['projections', 'parked', 'retry', '--json', 'tic'])).toEqual(['tickets']);
  expect(offered(script, ['audit', '--al'])).toEqual(['--all']);
  expect(offered(script, ['completion', ''])).toEqual(['--help', 'bash', 'zsh', 'fish']);
});

test('an unknown shell is refused with those there are', async () => {
  const { code, complaint } = await inOwnProcess('', ['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(complaint).toContain('Allowed choices are bash, zsh, fish');
});
