/**
 * What can judge an invariant: the log alone, or the log beside what clients were answered (`responses`), the tables in Postgres
 * (`read models`) or the cache in Redis (`stock`).
 */
export type Judge = 'log' | 'responses' | 'read models' | 'stock';

interface Invariant {
  readonly name: string;
  /** As audits print it. */
  readonly claim: string;
  readonly judgedBy: readonly Judge[];
}

/**
 * What must always hold. This is the one catalogue: audits, the demo and the bench take the claims from here, and
 * test/domain/invariants.unit.test.ts holds the documents to it.
 */
export const invariants = {
  I1: {
    name: 'never oversold',
    claim: 'tickets sold and not released, and on hold ≤ capacity',
    judgedBy: ['log'],
  },
  I2: {
    name: 'ticket numbers',
    claim: 'live ticket numbers are unique, and without a release 1…n with no gap',
    judgedBy: ['log'],
  },
  I3: {
    name: 'VIP seats',
    claim: 'without a release or a hold, VIP seats went to exactly the first tickets in log order',
    judgedBy: ['log'],
  },
  I4: {
    name: 'limit per customer',
    claim: "no customer holds more than the concert's limit",
    judgedBy: ['log'],
  },
  I5: {
    name: 'acknowledged is sold',
    claim: 'every purchase acknowledged with 2xx is in the log',
    judgedBy: ['responses'],
  },
  I6: {
    name: 'refused is not sold',
    claim: 'every purchase refused with 4xx is not in the log',
    judgedBy: ['responses'],
  },
  I7: {
    name: 'no answer',
    claim: 'a purchase without an answer is in the log 0 or 1 times, and a retry settles which',
    judgedBy: ['responses'],
  },
  I8: {
    name: 'a key buys once',
    claim: 'an idempotency key never buys twice',
    judgedBy: ['log', 'responses'],
  },
  I9: {
    name: 'real-time order',
    claim: "if A was acknowledged before B was sent, A's revision < B's",
    judgedBy: ['responses'],
  },
  I10: {
    name: 'read models',
    claim: 'each read model equals the fold of the log',
    judgedBy: ['read models'],
  },
  I11: {
    name: 'stock cache',
    claim: 'the Redis stock cache equals capacity − tickets live or on hold, within 5 s',
    judgedBy: ['stock'],
  },
  I12: {
    name: 'arrival order',
    claim: 'in queue mode tickets are sold in arrival order',
    judgedBy: ['log'],
  },
  I13: {
    name: 'holds end once',
    claim: 'a hold ends exactly once, and a confirmed one is exactly its tickets',
    judgedBy: ['log'],
  },
  I14: {
    name: 'holds end in time',
    claim: 'no hold stays open for more than 2 s after its expiry while events are appended',
    judgedBy: ['log'],
  },
  I15: {
    name: 'waiting list',
    claim: 'freed tickets are offered to waiting customers, in order, before they go back on sale',
    judgedBy: ['log'],
  },
} as const satisfies Record<string, Invariant>;

export type InvariantId = keyof typeof invariants;

/** All that audits check: the invariants, and whether what they are judged by can be believed. */
const checks = {
  ...invariants,
  log: { claim: 'every event follows the one before, can be read, and does what it says' },
  refusal: { claim: 'every refusal was true of the log at some moment between request and answer' },
  snapshot: { claim: 'the snapshot that a process would start from equals the fold of the log' },
  audit: { claim: 'the concert can be audited' },
} as const;

/** What a finding is about. */
export type CheckId = keyof typeof checks;

export const claimOf = (id: CheckId): string => checks[id].claim;

/** Compares by the catalogue's order, for sorting. */
export const byCatalogue = (a: CheckId, b: CheckId): number => order.indexOf(a) - order.indexOf(b);

const order: readonly string[] = Object.keys(checks);

/** The invariants that a judge can check, in short form: `I1–I4, I8, I12–I15`. */
export function idsJudgedBy(judge: Judge): string {
  const runs: string[][] = [[]];
  for (const [id, { judgedBy }] of Object.entries<Invariant>(invariants)) {
    if (judgedBy.includes(judge)) runs.at(-1)?.push(id);
    else runs.push([]);
  }
  return runs
    .map((run) => (run.length > 2 ? `${run[0]}–${run.at(-1)}` : run.join(', ')))
    .filter((text) => text !== '')
    .join(', ');
}
