import type { Log } from './log.js';
import type { RecordedEvent } from './model.js';
import { keeps, retentionOf } from './retention.js';

/** An item of a read: an event, or a link and the event that it points to, if that can be found. */
export interface Shown {
  readonly event?: RecordedEvent;
  readonly link?: RecordedEvent;
}

const LINK = '$>';

export const isLink = ({ type }: RecordedEvent): boolean => type === LINK;

/** Follows a link, whose data is `revision@stream`. A link that does not begin with a number is shown as an event. */
export async function followed(log: Log, link: RecordedEvent): Promise<Shown> {
  const [, revision, stream] =
    /^\s*([+-]?\d{1,18})\s*(?:@(.*))?$/s.exec(Buffer.from(link.data).toString()) ?? [];
  if (revision === undefined) return { event: link };
  const event = await eventAt(log, stream ?? '', BigInt(revision));
  return event === undefined ? { link } : { event, link };
}

async function eventAt(log: Log, stream: string, revision: bigint): Promise<RecordedEvent | undefined> {
  const retention = await retentionOf(log, stream);
  if (retention === null || revision < 0n) return undefined;
  const [event] = await log.streamPage(stream, revision, 'forwards', 1);
  return event?.revision === revision && keeps(retention, event) ? event : undefined;
}
