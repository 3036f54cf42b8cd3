const barWidth = 24;
const drawEveryMs = 150;
const sayEveryMs = 5_000;

/** How far a long piece of work is, on stderr: a bar that redraws itself on a terminal, a line every five seconds elsewhere. */
export class Progress {
  readonly #startedAt = performance.now();
  readonly #isTerminal = process.stderr.isTTY === true;
  #done = 0;
  #toldAt = performance.now();

  /** @param total null when it is not known; then there is no bar and no time left */
  constructor(
    private readonly what: string,
    private readonly total: number | null,
  ) {}

  get done(): number {
    return this.#done;
  }

  /** Units a second since the beginning. */
  get rate(): number {
    return this.#done / Math.max(0.001, (performance.now() - this.#startedAt) / 1_000);
  }

  add(units: number): void {
    this.reach(this.#done + units);
  }

  /** @param detail shown behind the figures */
  reach(done: number, detail = ''): void {
    this.#done = done;
    const now = performance.now();
    if (now - this.#toldAt < (this.#isTerminal ? drawEveryMs : sayEveryMs)) return;
    this.#toldAt = now;
    const line = detail === '' ? this.#line() : `${this.#line()}  ${detail}`;
    process.stderr.write(this.#isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }

  #line(): string {
    const rate = `${Math.round(this.rate).toLocaleString('en')} ${this.what}/s`;
    const done = this.#done.toLocaleString('en');
    if (this.total === null || this.total === 0) return `${done} ${this.what}  ${rate}`;
    const share = Math.min(1, this.#done / this.total);
    const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '·');
    const left = Math.max(0, this.total - this.#done) / Math.max(1, this.rate);
    const of = this.total.toLocaleString('en');
    return `${bar} ${(share * 100).toFixed(0)} %  ${done} of ${of} ${this.what}  ${rate}  ${duration(left)} left`;
  }
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
