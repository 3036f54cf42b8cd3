/** A defect that this service had, or could have: put into a copy of the compiled code, to see that the search finds it. */
export interface Defect {
  readonly name: string;
  readonly what: string;
  /** The first seed whose schedule shows it; null if a short search did not find it. */
  readonly seed: number | null;
  /** A compiled file, by its path in `src`, or from `simulation/` on; and the text to replace there, which must occur once. */
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}
