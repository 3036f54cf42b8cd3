import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSafePattern } from 'redos-detector';
import ts from 'typescript';
import { expect, it } from 'vitest';

interface Literal {
  readonly place: string;
  readonly pattern: string;
  readonly flags: string;
}

/** The regular expressions of a source file. */
function literalsOf(path: string): readonly Literal[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const [, pattern = '', flags = ''] = /^\/(.*)\/([a-z]*)$/su.exec(node.text) ?? [];
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({ place: `${path}:${line + 1}`, pattern, flags });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const literals = sources.flatMap((name) => literalsOf(join('src', name)));

/** A pattern without a repeated part needs no backtracking. */
const mayRepeat = ({ pattern }: Literal): boolean => /[*+]|\{\d+,/u.test(pattern.replaceAll(/\\./gu, ''));

/** Not found safe by the detector, each with the reason why it is. */
const reasons: Readonly<Record<string, string>> = {
  'src/api/http/prefer.ts':
    'of a header, 16 KiB at most; a try begins at a comma alone and goes over blanks once',
  'src/api/limits/client-address.ts': 'the first % matches to the end, so there is no second try',
  'src/api/openapi/html.ts': 'of the texts of this program',
  'src/cli/config.ts': "of the operator's settings",
  'src/cli/doctor/check.ts': "of the operator's servers",
  'src/cli/logger.ts': 'of error messages that name an address; quadratic at worst, in what one message has',
};

it('no regular expression of the service can be made to backtrack without end', () => {
  expect(literals.length).toBeGreaterThan(20);
  const unsafe = literals.filter(mayRepeat).filter(({ pattern, flags }) => {
    const modes = {
      caseInsensitive: flags.includes('i'),
      unicode: /[uv]/u.test(flags),
      dotAll: flags.includes('s'),
    };
    return !isSafePattern(pattern, { ...modes, maxScore: 50, maxSteps: 2_000 }).safe;
  });
  const files = unsafe.map(({ place }) => place.replace(/:\d+$/u, ''));
  expect([...new Set(files)].sort()).toEqual(Object.keys(reasons).sort());
});
