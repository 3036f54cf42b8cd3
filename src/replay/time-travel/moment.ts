/** A point in the story of a concert: after the event of a revision, or after all that was recorded up to a time. */
export type Moment =
  | { readonly kind: 'revision'; readonly revision: bigint }
  | { readonly kind: 'time'; readonly time: Date };

export const momentWords = 'a revision like 120, or a time with its zone like 2030-06-01T20:00:00Z';

const time = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Returns null for text that names no moment. */
export function parseMoment(text: string): Moment | null {
  if (/^\d{1,18}$/.test(text)) return { kind: 'revision', revision: BigInt(text) };
  const [, year, month, day] = time.exec(text) ?? [];
  // Date.parse reads 30 February as 2 March.
  const isDay = Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const parsed = isDay ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? null : { kind: 'time', time: new Date(parsed) };
}
