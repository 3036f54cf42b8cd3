import { nameOf, type Problem } from '../net/ask.js';
import type { Concert } from '../net/concert.js';
import type { Sentences } from './sentences.js';

/** The sentences of a language, with its numbers and times. */
export class Words {
  readonly #numbers: Intl.NumberFormat;
  readonly #figures: Intl.NumberFormat;
  readonly #times: Intl.DateTimeFormat;
  readonly #moments: Intl.DateTimeFormat;
  readonly #clock: Intl.DateTimeFormat;

  constructor(readonly say: Sentences) {
    const { language } = say;
    this.#numbers = new Intl.NumberFormat(language);
    this.#figures = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
    this.#times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
    this.#moments = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
    this.#clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' });
  }

  get legend() {
    return this.say.legend;
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** To three digits. */
  figure(value: number): string {
    return this.#figures.format(value);
  }

  ofLeft(capacity: number): string {
    return this.say.ofLeft(this.number(capacity));
  }

  hall({ remaining, capacity, vipSeats, vipRemaining }: Concert): string {
    const vip = vipSeats === 0 ? null : this.number(vipRemaining);
    return this.say.hallLabel(this.number(Math.max(0, remaining)), this.number(capacity), vip);
  }

  day(iso: string): string {
    return this.#times.format(new Date(iso));
  }

  moment(iso: string): string {
    return this.#moments.format(new Date(iso));
  }

  /** @param seconds Unix time */
  clock(seconds: number): string {
    return this.#clock.format(seconds * 1_000);
  }

  refusal(problem: Problem): string {
    const sentence = this.say.refusals[nameOf(problem)];
    if (sentence === undefined) return problem.detail;
    const text = ([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number' ? this.number(value) : String(value),
    ];
    return sentence(Object.fromEntries(Object.entries(problem).map(text)));
  }
}
