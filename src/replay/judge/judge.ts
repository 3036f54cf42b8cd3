import { unchecked } from '../../domain/audit/findings.js';
import { byCatalogue, type CheckId } from '../../domain/invariants.js';
import { CallsCheck } from './calls-check.js';
import type { Header, HistoryLine } from './history-lines.js';
import { HoldCallsCheck } from './hold-calls-check.js';
import { SaleRecord } from './sale-record.js';
import { ViewsCheck } from './views-check.js';
import type { JudgedFinding } from './violations.js';

export interface ConcertVerdict {
  readonly concertId: string;
  readonly events: number;
  readonly calls: number;
  readonly findings: readonly JudgedFinding[];
}

export interface Verdict {
  /** As it was given in the first line; null without one. */
  readonly header: Header | null;
  readonly concerts: readonly ConcertVerdict[];
  readonly operations: number;
  /** `unchecked`: nothing is violated, but something that the history is about could not be checked. */
  readonly soundness: 'sound' | 'violated' | 'unchecked';
}

interface Concert {
  readonly record: SaleRecord;
  readonly calls: CallsCheck;
  readonly holdCalls: HoldCallsCheck;
  readonly views: ViewsCheck;
}

/**
 * Judges a history by I1 to I15: takes the order of commits from the log, replays an independent model of the rules, and checks every
 * answer against it. Time: linear in lines but for a logarithm. Memory: calls and purchases.
 */
export class Judge {
  readonly #concerts = new Map<string, Concert>();
  #header: Header | null = null;
  #healedAt: number | null = null;

  /** Lines may come in any order, but the events of a concert in that of its log. */
  add(line: HistoryLine): void {
    if (line.kind === 'export') return;
    if (line.kind === 'header') {
      this.#header = line.line;
      return;
    }
    if (line.kind === 'healed') {
      this.#healedAt = Math.max(this.#healedAt ?? 0, line.line.at);
      return;
    }
    const { record, calls, holdCalls, views } = this.#concert(line.line.concertId);
    if (line.kind === 'event') record.add(line.line);
    else if (line.kind === 'purchase') calls.purchase(line.line);
    else if (line.kind === 'cancellation') calls.cancellation(line.line);
    else if (line.kind === 'hold') holdCalls.hold(line.line);
    else if (line.kind === 'confirmation') holdCalls.confirmation(line.line);
    else if (line.kind === 'hold change') holdCalls.change(line.line);
    else if (line.kind === 'stock') views.stock(line.line);
    else views.rows(line.line);
  }

  verdict(): Verdict {
    const concerts = [...this.#concerts.values()].map((concert) => this.#verdictOn(concert));
    const verdicts = concerts.flatMap(({ findings }) => findings.map(({ verdict }) => verdict));
    const soundness = verdicts.includes('violated')
      ? 'violated'
      : verdicts.includes('unchecked') || concerts.length === 0
        ? 'unchecked'
        : 'sound';
    const operations = concerts.reduce((sum, { calls }) => sum + calls, 0);
    return { header: this.#header, concerts, operations, soundness };
  }

  #verdictOn({ record, calls, holdCalls, views }: Concert): ConcertVerdict {
    const { concertId } = record;
    const size = { events: record.revision + 1, calls: calls.count + holdCalls.count };
    if (record.revision < 0) return { concertId, ...size, findings: [noLog] };
    const ofLog = record.findings().map((finding) => ({
      ...finding,
      subject:
        finding.examples[0] === undefined ? null : { concertId, revisions: namedIn(finding.examples[0]) },
    }));
    const isComplete = this.#header?.complete ?? false;
    const realTime = calls.realTime(record, {
      acknowledged: holdCalls.acknowledged(),
      asked: holdCalls.asked(record),
    });
    const ofCalls = [
      ...calls.findings(record, realTime, isComplete),
      ...holdCalls.findings(record, realTime, isComplete),
    ];
    const ofViews = views.findings(record, this.#healedAt);
    return { concertId, ...size, findings: merged([...ofLog, ...ofCalls, ...ofViews]) };
  }

  #concert(concertId: string): Concert {
    const known = this.#concerts.get(concertId);
    if (known !== undefined) return known;
    const concert = {
      record: new SaleRecord(concertId),
      calls: new CallsCheck(concertId),
      holdCalls: new HoldCallsCheck(concertId),
      views: new ViewsCheck(concertId),
    };
    this.#concerts.set(concertId, concert);
    return concert;
  }
}

const noLog: JudgedFinding = {
  ...unchecked('audit', 'the history has calls of this concert, and not its log'),
  subject: null,
};

/** The revisions that an example of an audit names. */
const namedIn = (example: string): readonly number[] =>
  [...example.matchAll(/revisions? (\d+)/g)].map(([, revision]) => Number(revision));

/** Log and answers judge I8, and two kinds of answers I5 to I9: an invariant holds if it holds by all of them. */
function merged(findings: readonly JudgedFinding[]): readonly JudgedFinding[] {
  const byCheck = new Map<CheckId, JudgedFinding>();
  for (const finding of findings) {
    const other = byCheck.get(finding.invariant);
    byCheck.set(finding.invariant, other === undefined ? finding : both(other, finding));
  }
  return [...byCheck.values()].sort((a, b) => byCatalogue(a.invariant, b.invariant));
}

const gravest = ['violated', 'unchecked', 'pass'] as const;

const both = (a: JudgedFinding, b: JudgedFinding): JudgedFinding => ({
  ...a,
  verdict: gravest.find((verdict) => a.verdict === verdict || b.verdict === verdict) ?? a.verdict,
  checked: `${a.checked}, ${b.checked}`,
  violations: a.violations + b.violations,
  examples: [...a.examples, ...b.examples],
  subject: a.subject ?? b.subject,
});
