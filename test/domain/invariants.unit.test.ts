import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byCatalogue, claimOf, idsJudgedBy, invariants, type Judge } from '../../src/domain/invariants.js';

const catalogue = Object.entries<{ name: string; claim: string; judgedBy: readonly Judge[] }>(invariants);

function* files(path: string): Generator<string> {
  if (/\.\w+$/.test(path)) return yield path;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && /\.(ts|md)$/.test(entry.name))
      yield join(entry.parentPath ?? entry.path, entry.name);
  }
}

const linesOf = (...roots: readonly string[]): readonly (readonly [place: string, line: string])[] =>
  roots
    .flatMap((root) => [...files(root)])
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line, at) => [`${file}:${at + 1}`, line] as const),
    );

describe('the catalogue of invariants', () => {
  it('numbers them without a gap, and each can be judged', () => {
    expect(catalogue.map(([id]) => id)).toEqual(catalogue.map((_, at) => `I${at + 1}`));
    expect(catalogue.filter(([, { judgedBy }]) => judgedBy.length === 0)).toEqual([]);
  });

  it('says who can judge which, and sorts', () => {
    expect(idsJudgedBy('log')).toBe('I1–I4, I8, I12–I15');
    expect(idsJudgedBy('responses')).toBe('I5–I9');
    expect(idsJudgedBy('stock')).toBe('I11');
    expect((['log', 'I10', 'I9'] as const).toSorted(byCatalogue)).toEqual(['I9', 'I10', 'log']);
  });

  it('is the table of the README', () => {
    const rows = linesOf('README.md').flatMap(([, line]) => (/^\| I\d+ \|/.test(line) ? [line] : []));
    expect(rows).toEqual(
      catalogue.map(([id, { name, claim, judgedBy }]) => {
        const others = judgedBy.filter((judge) => judge !== 'log').join(', ');
        return `| ${id} | ${name} | ${claim} | ${others === '' ? '–' : others} |`;
      }),
    );
  });

  it('has every claim that a transcript in the documents shows', () => {
    const shown = linesOf('README.md', 'docs', 'bench/README.md').flatMap(([place, line]) => {
      const [, id, claim] = /^ {2}(I\d+|log|snapshot) +\S+ +(.*?) {2}\(/.exec(line) ?? [];
      return id === undefined ? [] : [{ place, id, claim }];
    });
    expect(shown.length).toBeGreaterThan(catalogue.length);
    expect(shown.filter(({ id, claim }) => claim !== claimOf(id as keyof typeof invariants))).toEqual([]);
  });

  it('knows every id that code and documents name', () => {
    const named = linesOf(
      'README.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'docs',
      'src',
      'bench',
      'test',
    ).flatMap(([place, line]) => [...line.matchAll(/\bI\d+\b/g)].map(([id]) => ({ place, id })));
    expect(named.filter(({ id }) => !(id in invariants))).toEqual([]);
  });
});
