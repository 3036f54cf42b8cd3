import type { RecordedCommand } from './recorded-command.js';

/** A sort key: milliseconds since 1970, place within the millisecond, place in the log. */
type Key = readonly [milliseconds: number, sequence: bigint, index: number];

/**
 * Commands in the order in which they reached the service: purchases by their place in line where every one has one, else
 * by the clock of the process they reached, as holds, places in the waiting list and confirmations are. Others are placed by the
 * time they were decided at. Commands about one purchase or hold keep their order, whatever the clocks say.
 */
export function inArrivalOrder(commands: readonly RecordedCommand[]): readonly RecordedCommand[] {
  const isLine = commands.every(
    (command) => command.kind !== 'purchase' || command.purchase.queueId !== undefined,
  );
  const lastOf = new Map<string, Key>();
  const keyed = commands.map((command, index) => {
    const own = keyOf(command, index, isLine);
    const id = idOf(command);
    const before = id === undefined ? undefined : lastOf.get(id);
    const isEarly = before !== undefined && compare(own, before) < 0;
    const key: Key = isEarly ? [before[0], before[1], index] : own;
    if (id !== undefined) lastOf.set(id, key);
    return { command, key };
  });
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ command }) => command);
}

/** The purchase or hold that a command is about. */
function idOf(command: RecordedCommand): string | undefined {
  if ('purchase' in command) return command.purchase.purchaseId;
  if ('claim' in command) return command.claim.holdId;
  if ('purchaseId' in command) return command.purchaseId;
  return 'holdId' in command ? command.holdId : undefined;
}

function keyOf(command: RecordedCommand, index: number, isLine: boolean): Key {
  if ('claim' in command) return [Date.parse(command.claim.arrivedAt), 0n, index];
  if (!('purchase' in command)) return [Date.parse(command.at), 0n, index];
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
