import type { SaleState } from '../net/concert.js';

/** A problem's own fields, as text. */
export type Refusal = (fields: Readonly<Record<string, string>>) => string;

/** What the page says. Numbers and times reach it as text of the language. */
export interface Sentences {
  readonly language: 'en' | 'ko';
  readonly title: string;
  readonly allConcerts: string;
  readonly noConcerts: string;
  readonly noConcertsHint: string;
  readonly loading: string;
  readonly cannotLoad: string;
  readonly notHere: string;
  readonly older: string;
  readonly state: Readonly<Record<SaleState, string>>;
  readonly opensAt: (time: string) => string;
  readonly startsAt: (time: string) => string;
  readonly connection: { readonly connecting: string; readonly live: string; readonly away: string };
  readonly ofLeft: (capacity: string) => string;
  readonly left: (remaining: string, capacity: string) => string;
  readonly hallLabel: (remaining: string, capacity: string, vip: string | null) => string;
  readonly legend: {
    readonly left: string;
    readonly held: (count: number) => string;
    readonly sold: string;
    readonly vip: (left: number, all: number) => string;
    readonly mine: string;
    readonly perLight: (count: number) => string;
  };
  readonly buy: {
    readonly title: string;
    readonly name: string;
    readonly asSubject: (id: string) => string;
    readonly quantity: string;
    readonly button: string;
    readonly asking: string;
    readonly again: (seconds: number) => string;
    readonly busy: (seconds: number) => string;
    readonly offline: string;
    readonly inLine: (position: number) => string;
    readonly inLineHint: string;
    readonly stop: string;
    readonly stopped: (key: string) => string;
    readonly bought: (count: number) => string;
    readonly ticket: (number: number, seat: string | null) => string;
    readonly more: string;
    readonly tryAgain: string;
    readonly requestId: (id: string) => string;
  };
  readonly hold: {
    readonly title: string;
    readonly listTitle: string;
    readonly hold: (minutes: number) => string;
    readonly join: string;
    readonly asking: string;
    readonly held: (count: number, left: string) => string;
    readonly waiting: (position: number) => string;
    readonly confirm: string;
    readonly release: string;
    readonly leave: string;
    readonly ended: Readonly<Record<'expired' | 'released' | 'left', string>>;
  };
  readonly find: {
    readonly title: string;
    readonly hint: string;
    readonly key: string;
    readonly recent: string;
    readonly button: string;
    readonly live: (count: number) => string;
    readonly cancelled: string;
    readonly queued: (position: number) => string;
    readonly noAnswer: string;
  };
  readonly chart: {
    readonly title: string;
    readonly rate: string;
    readonly most: (rate: string) => string;
    readonly none: string;
  };
  readonly signIn: {
    readonly title: string;
    readonly hint: string;
    readonly credential: string;
    readonly button: string;
    readonly signOut: string;
  };
  readonly behind: {
    readonly title: string;
    readonly hint: string;
    readonly owner: string;
    readonly noOwner: string;
    readonly ownerSince: (process: string, time: string, waiting: number) => string;
    readonly mode: string;
    readonly modeOfService: string;
    readonly revision: string;
    readonly lag: string;
    readonly lagSeconds: (seconds: number) => string;
    readonly lagUnknown: string;
    readonly service: string;
    readonly checks: (status: string, failing: string) => string;
    readonly audit: string;
    readonly auditing: string;
    readonly sound: string;
    readonly unsound: string;
    readonly verdict: Readonly<Record<'pass' | 'violated' | 'unchecked' | 'not applicable', string>>;
    readonly replay: string;
    readonly replayHint: string;
    readonly at: (revision: string, time: string) => string;
    readonly whatIf: string;
    readonly whatIfHint: string;
    readonly vipSeats: string;
    readonly perCustomer: string;
    readonly capacity: string;
    readonly tryRules: string;
    readonly trying: string;
    readonly recorded: string;
    readonly would: string;
    readonly live: string;
    readonly seated: string;
    readonly differ: Readonly<
      Record<'refused' | 'gainsVip' | 'losesVip' | 'otherSeat' | 'otherNumber', string>
    >;
    readonly nothingDiffers: string;
    readonly bench: string;
    readonly benchOf: (time: string, commit: string) => string;
    readonly noBench: string;
    readonly measured: string;
    readonly median: string;
    readonly aim: string;
    readonly aimMet: string;
    readonly aimMissed: string;
    readonly play: string;
    readonly pause: string;
    readonly backToLive: string;
    readonly metrics: string;
    readonly problems: string;
  };
  /** By the name of the problem. */
  readonly refusals: Readonly<Record<string, Refusal>>;
}
