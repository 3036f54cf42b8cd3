import { type Finding, Tally, unchecked } from '../../domain/audit/findings.js';
import type { CheckId } from '../../domain/invariants.js';

/** What shows a violation: the lines of a history that name one of these. */
export interface Subject {
  readonly concertId: string;
  readonly keys?: readonly string[];
  readonly purchaseIds?: readonly string[];
  readonly revisions?: readonly number[];
}

/** Counts violations of one check, and remembers what shows the first one. */
export class Violations {
  readonly #tally = new Tally();
  #first: Subject | null = null;

  constructor(private readonly check: CheckId) {}

  add(example: string, subject: Subject): void {
    this.#first ??= subject;
    this.#tally.add(example);
  }

  get none(): boolean {
    return this.#first === null;
  }

  finding(checked: string): JudgedFinding {
    return { ...this.#tally.finding(this.check, checked), subject: this.#first };
  }
}

export interface JudgedFinding extends Finding {
  /** What shows the first violation; null for none. */
  readonly subject: Subject | null;
}

export const notLookedAt = (check: CheckId, why: string): JudgedFinding => ({
  ...unchecked(check, why),
  subject: null,
});
