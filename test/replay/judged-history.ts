import { purchaseIdOf } from '../../src/domain/ids.js';
import type { CheckId } from '../../src/domain/invariants.js';
import { parseHistoryLine } from '../../src/replay/judge/history-lines.js';
import { Judge } from '../../src/replay/judge/judge.js';

export const concertId = 'rock';
export const at = '2026-03-01T10:00:00.000Z';

export interface Line {
  [field: string]: unknown;
}

export const idOf = (key: string) => purchaseIdOf(concertId, key);
export const event = (revision: number, type: string, data: Line): Line => ({
  concertId,
  revision: String(revision),
  type,
  data: { concertId, ...data },
});

export const header = { onsale: 'history', version: 1, complete: true };

export function judge(lines: readonly Line[]) {
  const judge = new Judge();
  for (const line of lines) judge.add(parseHistoryLine(JSON.stringify(line)));
  return judge.verdict();
}

export const violatedIn = (lines: readonly Line[]): readonly CheckId[] =>
  judge(lines).concerts.flatMap(({ findings }) =>
    findings.filter(({ verdict }) => verdict === 'violated').map(({ invariant }) => invariant),
  );
