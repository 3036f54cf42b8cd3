import { type PeerName, peers, shortNames } from '../peers/peers.js';
import type { Ratio, Result } from './result.js';

/** Figures as people read them. */

export const whole = (value: number): string => Math.round(value).toLocaleString('en');

export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  return value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export const share = (value: number | null): string =>
  value === null ? '–' : `${Math.round(value * 100)} %`;

export const spread = ({ median, min, max, n }: Ratio): string =>
  `${figure(median)} (${figure(min)}–${figure(max)}, n = ${n})`;

const isPeer = (name: string): name is PeerName => name in peers;

/** The name of a mode, or the description of a peer. */
export const label = (name: string): string => (isPeer(name) ? peers[name] : name);

export const shortLabel = (name: string): string => (isPeer(name) ? shortNames[name] : name);

export const isBroken = ({ broken }: Pick<Result, 'broken'>): boolean => broken.length > 0;

/**
 * CPU microseconds of service and servers together, per answer where hardly anything was sold; null when one of them is not
 * known.
 */
export function cpuOfSelling({
  cpuMicrosPerAccepted: cpu,
  cpuMicrosPerAnswer: each,
  accepted,
  refused,
}: Result): number | null {
  const of = accepted > refused / 100 ? cpu : each;
  const parts = [of.service, of.eventStore, of.postgres, of.redis].filter((part) => part !== null);
  return parts.length < 4 ? null : parts.reduce((sum, part) => sum + part, 0);
}

/** The situation of a result, which distinguishes it from others of its scenario. */
export function situation({ inFlight, processes, details }: Result): string {
  const parts = [`${inFlight} in flight`, `${processes} process${processes === 1 ? '' : 'es'}`];
  if (typeof details.share === 'number') parts[0] = `${share(details.share)} load`;
  if (typeof details.concerts === 'number') parts.push(`${details.concerts} concerts`);
  if (typeof details.capacity === 'number') parts.push(`${whole(details.capacity)} tickets`);
  if (typeof details.what === 'string') parts.push(details.what);
  if (typeof details.cpuMicrosOfBusiest === 'number')
    parts.push(`busiest process ${whole(details.cpuMicrosOfBusiest)} µs per sale`);
  if (typeof details.appendP50Ms === 'number') parts.push(`bare append ${figure(details.appendP50Ms)} ms`);
  if (typeof details.lostConnections === 'number')
    parts.push(`${details.answered5xx} answered 5xx, ${details.lostConnections} connections lost`);
  const { rebuiltPerSecond: rebuilt, copiedPerSecond: copied } = details;
  if (typeof rebuilt === 'number')
    parts.push(`rebuild ${whole(rebuilt)} events/s, COPY ${whole(Number(copied))}`);
  return parts.join(', ');
}

/** The defects of a run, in few words; empty when there are none. */
export function defects(result: Result): string {
  const named: [string, number | null][] = [
    ['oversold', result.oversold],
    ['ticket numbers', result.duplicateTickets],
    ['customers twice', result.duplicateCustomers],
    ['VIP', result.vipErrors],
    ['lost', result.lostAcknowledged],
    ['refused but sold', result.soldButRefused],
  ];
  const counted = named.flatMap(([name, count]) => (count ? [`${name} ${whole(count)}`] : []));
  if (counted.length === 0 && isBroken(result)) return result.broken.join('; ');
  return counted.join(', ');
}

/** For HTML. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
