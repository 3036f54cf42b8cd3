import type { RecordedCommand } from './recorded-sale.js';

/** A sort key: milliseconds since 1970, place within the millisecond, place in the log. */
type Key = readonly [milliseconds: number, sequence: bigint, index: number];

/**
 * Commands in the order in which they reached the service: purchases by their place in line where every one has one, else
 * by the clock of the process they reached. An organiser's command is placed by the time it was decided at, and a cancellation
 * always after its purchase, whatever the clocks say.
 */
export function inArrivalOrder(commands: readonly RecordedCommand[]): readonly RecordedCommand[] {
  const isLine = commands.every(
    (command) => command.kind !== 'purchase' || command.purchase.queueId !== undefined,
  );
  const ofPurchase = new Map<string, Key>();
  const keyed = commands.map((command, index) => {
    const key = keyOf(command, index, isLine);
    if (command.kind === 'purchase') ofPurchase.set(command.purchase.purchaseId, key);
    const bought = command.kind === 'cancel' ? ofPurchase.get(command.purchaseId) : undefined;
    const isEarly = bought !== undefined && compare(key, bought) < 0;
    return { command, key: isEarly ? ([bought[0], bought[1], index] as const) : key };
  });
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ command }) => command);
}

function keyOf(command: RecordedCommand, index: number, isLine: boolean): Key {
  if (command.kind !== 'purchase') return [Date.parse(command.at), 0n, index];
  const { arrivedAt, queueId } = command.purchase;
  if (!isLine || queueId === undefined) return [Date.parse(arrivedAt), 0n, index];
  const [milliseconds = '', sequence = ''] = queueId.split('-');
  return [Number(milliseconds), BigInt(sequence), index];
}

function compare(a: Key, b: Key): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return a[2] - b[2];
}
