/** How the customers of a trial behave. */
export interface CrowdShape {
  readonly perSecond: number;
  /** Share of customers who ask every process at once with one key. */
  readonly everywhere: number;
  /** Share of keys that a second customer uses at the same moment. */
  readonly rivals: number;
  /** Share of buyers of the second concert who cancel. */
  readonly regrets: number;
  /** How long a customer waits for an answer, in ms, before asking again with the same key. */
  readonly patienceMs: number;
}

export const usualShape: CrowdShape = {
  perSecond: 40,
  everywhere: 0.1,
  rivals: 0.02,
  regrets: 0.1,
  patienceMs: 3_000,
};

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
}

/** The customers of so many ms, by the seed: they come whatever the answers are, as a crowd does. Without end. */
export function* customersOf(
  random: () => number,
  shape: CrowdShape,
  { concerts, processes }: { readonly concerts: number; readonly processes: number },
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
    const regretMs = concert === 1 && random() < shape.regrets ? 100 + 1_500 * random() : null;
    const customer = { atMs, concert, customerId, key: `k${number}`, quantity, doors, regretMs };
    yield customer;
    if (random() >= shape.rivals) continue;
    // At other processes, so that two decide on the same key at the same moment.
    const others = doors.map((door) => (door + 1) % processes);
    yield { ...customer, customerId: `r${number}`, doors: others, regretMs: null };
  }
}
