/** How the customers of a trial behave. */
export interface CrowdShape {
  readonly perSecond: number;
  /** Share of customers who ask every process at once with one key. */
  readonly everywhere: number;
  /** Share of keys that a second customer uses at the same moment. */
  readonly rivals: number;
  /** Share of customers who hold tickets or wait for some, where they can. */
  readonly holders: number;
  /** What becomes of every hold; null: one thing or another. */
  readonly onlyFate: Claim['fate'] | null;
  /** Share of buyers who cancel, of the second concert and of that with holds. */
  readonly regrets: number;
  /** How long a customer waits for an answer, in ms, before asking again with the same key. */
  readonly patienceMs: number;
}

export const usualShape: CrowdShape = {
  perSecond: 40,
  everywhere: 0.1,
  rivals: 0.02,
  holders: 0.6,
  onlyFate: null,
  regrets: 0.1,
  patienceMs: 3_000,
};

/** How long a hold lasts, and an offer, in ms: short, so that they lapse while faults strike. */
export const holdMs = 2_000;

const fates = [
  'confirm',
  'confirm twice',
  'two payments',
  'late',
  'release',
  'release and confirm',
  'extend',
  'lapse',
] as const;

/** What one does who holds tickets, or waits for some. */
export interface Claim {
  /** Asks for a place in the waiting list at once. */
  readonly waits: boolean;
  /** Waits if there are no tickets to hold. */
  readonly waitsInstead: boolean;
  /** What becomes of the hold. */
  readonly fate: (typeof fates)[number];
  /** How long after holding, in ms. */
  readonly afterMs: number;
  /** Leaves the waiting list after so many ms. */
  readonly patienceMs: number;
}

/** One who wants tickets. */
export interface Customer {
  readonly atMs: number;
  readonly concert: number;
  readonly customerId: string;
  readonly key: string;
  readonly quantity: number;
  /** The processes that are asked at once, by number. */
  readonly doors: readonly number[];
  /** Cancels so long after buying; null: never. */
  readonly regretMs: number | null;
  /** Null for one who buys at once. */
  readonly claim: Claim | null;
}

export interface Sale {
  readonly concerts: number;
  readonly processes: number;
  /** The concert whose tickets can be held, by number; null for none. */
  readonly holding: number | null;
}

/** The customers of so many ms, by the seed: they come whatever the answers are, as a crowd does. Without end. */
export function* customersOf(
  random: () => number,
  shape: CrowdShape,
  { concerts, processes, holding }: Sale,
): Generator<Customer> {
  let atMs = 0;
  for (let number = 0; ; number++) {
    atMs += (-Math.log(1 - random()) * 1_000) / shape.perSecond;
    const concert = number % concerts;
    const quantity = random() < 0.3 ? 2 : 1;
    const isEverywhere = random() < shape.everywhere;
    const first = Math.floor(random() * processes);
    const doors = isEverywhere
      ? Array.from({ length: processes }, (_, i) => (first + i) % processes)
      : [first];
    // Some come again with another key: the limit is for them.
    const customerId = `c${random() < 0.08 ? Math.floor(random() * (number + 1)) : number}`;
    const mayCancel = concert === 1 || concert === holding;
    const regretMs = mayCancel && random() < shape.regrets ? 100 + 1_500 * random() : null;
    const claim = concert === holding && random() < shape.holders ? claimOf(random, shape) : null;
    const customer = { atMs, concert, customerId, key: `k${number}`, quantity, doors, regretMs, claim };
    yield customer;
    if (random() >= shape.rivals) continue;
    // At other processes, so that two decide on the same key at the same moment.
    const others = doors.map((door) => (door + 1) % processes);
    yield { ...customer, customerId: `r${number}`, doors: others, regretMs: null };
  }
}

function claimOf(random: () => number, { onlyFate }: CrowdShape): Claim {
  return {
    waits: random() < 0.15,
    waitsInstead: random() < 0.7,
    fate: onlyFate ?? fates[Math.floor(random() * fates.length)] ?? 'confirm',
    afterMs: 50 + (holdMs - 500) * random(),
    patienceMs: 1_500 + 3_000 * random(),
  };
}
