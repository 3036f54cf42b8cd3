import { type CheckId, claimOf } from '../invariants.js';

/** The result of an audit for one invariant, or for one check of its own data. */
export interface Finding {
  readonly invariant: CheckId;
  /** The invariant in words, as in the catalogue. */
  readonly claim: string;
  /** `unchecked`: the data it needs could not be read. That is neither a pass nor a violation, and never counts as a success. */
  readonly verdict: 'pass' | 'violated' | 'unchecked' | 'not applicable';
  /** What was checked, in words with figures. */
  readonly checked: string;
  /** The number of violations. */
  readonly violations: number;
  /** The first few violations, in words. */
  readonly examples: readonly string[];
}

const maxExamples = 5;

/** Counts violations and keeps the first few, so that an audit of a broken sale stays readable. */
export class Tally {
  violations = 0;
  readonly examples: string[] = [];

  add(example: string): void {
    this.violations++;
    if (this.examples.length < maxExamples) this.examples.push(example);
  }

  finding(invariant: CheckId, checked: string): Finding {
    const { violations, examples } = this;
    const verdict = violations === 0 ? 'pass' : 'violated';
    return { invariant, claim: claimOf(invariant), verdict, checked, violations, examples };
  }
}

export const notApplicable = (invariant: CheckId, why: string): Finding =>
  withoutFigures(invariant, 'not applicable', why);

/** @param why it could not be checked */
export const unchecked = (invariant: CheckId, why: string): Finding =>
  withoutFigures(invariant, 'unchecked', why);

const withoutFigures = (invariant: CheckId, verdict: Finding['verdict'], checked: string): Finding => ({
  invariant,
  claim: claimOf(invariant),
  verdict,
  checked,
  violations: 0,
  examples: [],
});
