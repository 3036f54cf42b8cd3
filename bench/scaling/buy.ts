import { request } from 'undici';
import type { Bench } from '../bench.js';
import type { Slice } from '../measure/slice.js';
import type { Sale, System } from '../systems/system.js';

/** Not 1: a process that is idle in between uses more for each append than a busy one, and no large sale is like that. */
export const inFlights = [16, 64, 256] as const;
export const warmUpBuyers = 6_000;
export const manyBuyers = 4_000;
/** The longest that a number of requests may take. */
const longestMs = 60_000;

/** So many requests, however busy the machine is: CPU time is counted in ticks, and code is compiled by use. */
export const buy = (
  bench: Bench,
  system: System,
  sale: Sale,
  inFlight: number,
  buyers: number,
): Promise<Slice> => bench.slice(system, [sale], { kind: 'closed', inFlight, durationMs: longestMs, buyers });

export interface Appends {
  readonly commands: number;
  readonly appends: number;
}

export const perAppend = (before: Appends, after: Appends): number =>
  (after.commands - before.commands) / Math.max(1, after.appends - before.appends);

/** As the service counts them, over all its processes. */
export async function appendsOf({ url }: System): Promise<Appends> {
  const text = await (await request(`${url}/metrics`)).body.text();
  const value = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  return { commands: value('onsale_append_commands_sum'), appends: value('onsale_append_commands_count') };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
