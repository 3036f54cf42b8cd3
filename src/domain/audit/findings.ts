/** The result of an audit for one invariant. */
export interface Finding {
  readonly invariant: string;
  /** The invariant in words. */
  readonly claim: string;
  /** `unchecked`: the data it needs could not be read. That is neither held nor broken, and never counts as a success. */
  readonly verdict: 'held' | 'broken' | 'unchecked' | 'not applicable';
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

  finding(invariant: string, claim: string, checked: string): Finding {
    const { violations, examples } = this;
    return { invariant, claim, verdict: violations === 0 ? 'held' : 'broken', checked, violations, examples };
  }
}

export const notApplicable = (invariant: string, claim: string, why: string): Finding =>
  withoutFigures(invariant, claim, 'not applicable', why);

/** @param why it could not be checked */
export const unchecked = (invariant: string, claim: string, why: string): Finding =>
  withoutFigures(invariant, claim, 'unchecked', why);

const withoutFigures = (
  invariant: string,
  claim: string,
  verdict: Finding['verdict'],
  checked: string,
): Finding => ({ invariant, claim, verdict, checked, violations: 0, examples: [] });
