import { ask } from '../net/ask.js';

interface SalesPage {
  readonly items: readonly { readonly second: string; readonly sold: number }[];
  readonly next: string | null;
}

/** Tickets sold in each second, by Unix time in seconds. */
export type Seconds = ReadonlyMap<number, number>;

const pageSize = 1_000;
const mostPages = 20;

/** All that was sold so far; what there is of it when the service stops answering. */
export async function salesSoFar(concertId: string, signal: AbortSignal): Promise<Seconds> {
  const seconds = new Map<number, number>();
  let cursor: string | null = '';
  for (let page = 0; page < mostPages && cursor !== null; page++) {
    const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const reply = await ask<SalesPage>(`/concerts/${concertId}/sales?limit=${pageSize}${at}`, { signal });
    if (reply.kind !== 'ok') break;
    for (const { second, sold } of reply.body.items) seconds.set(Date.parse(second) / 1_000, sold);
    cursor = reply.body.next;
  }
  return seconds;
}

/** The longest part of a sale that is drawn, in seconds. */
const widest = 600;
const narrowest = 30;

/** One value for each second from before the first sale to the last, and one more when the sale is over. */
export function toSeries(seconds: Seconds, isOver: boolean): [number[], number[]] {
  const times = [...seconds.keys()];
  const last = Math.max(...times) + (isOver ? 1 : 0);
  const first = Math.max(last - widest, Math.min(Math.min(...times) - 1, last - narrowest));
  const x = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return [x, x.map((second) => seconds.get(second) ?? 0)];
}
