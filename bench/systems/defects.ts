/** The counted defects of a run. Null where the system makes no such promise, or stores nothing to check. */
export interface Defects {
  readonly oversold: number | null;
  readonly duplicateTickets: number | null;
  readonly duplicateCustomers: number | null;
  readonly vipErrors: number | null;
  readonly lostAcknowledged: number | null;
  readonly soldButRefused: number | null;
  readonly unsettled: number | null;
  readonly arrivalInversions: number | null;
}

export interface Verdict extends Defects {
  /** The violated invariants, in words. The figures of a run with any do not count. */
  readonly broken: readonly string[];
  /** The tickets sold, by what is stored; the answers do not count. */
  readonly stored: number | null;
  /** Order of arrival of each ticket, in the order in which they were sold; empty when not kept. */
  readonly arrivalOrder: readonly number[];
}

export const nothingToCheck: Verdict = {
  oversold: null,
  duplicateTickets: null,
  duplicateCustomers: null,
  vipErrors: null,
  lostAcknowledged: null,
  soldButRefused: null,
  unsettled: null,
  arrivalInversions: null,
  broken: [],
  stored: null,
  arrivalOrder: [],
};

export const defectNames = [
  'oversold',
  'duplicateTickets',
  'duplicateCustomers',
  'vipErrors',
  'lostAcknowledged',
  'soldButRefused',
  'unsettled',
  'arrivalInversions',
] as const satisfies readonly (keyof Defects)[];

/** Several concerts as one. */
export function addVerdicts(verdicts: readonly Verdict[]): Verdict {
  const [first = nothingToCheck, ...others] = verdicts;
  return others.reduce(add, first);
}

function add(a: Verdict, b: Verdict): Verdict {
  const sum = (x: number | null, y: number | null) => (x === null || y === null ? null : x + y);
  const sums = Object.fromEntries(defectNames.map((name) => [name, sum(a[name], b[name])]));
  return {
    ...a,
    ...sums,
    broken: [...a.broken, ...b.broken],
    stored: sum(a.stored, b.stored),
    arrivalOrder: a.arrivalOrder,
  };
}
