const barWidth = 24;
const drawEveryMs = 150;
const sayEveryMs = 5_000;

/** Progress of long work, on stderr: a bar that redraws itself on a terminal, a line every five seconds elsewhere. */
export class Progress {
  readonly #startedAt = performance.now();
  readonly #isTerminal = process.stderr.isTTY === true;
  #done = 0;
  #share: number | null = null;
  #toldAt = performance.now();

  /** @param total null if unknown; then there is no bar and no time left, unless a share is passed */
  constructor(
    private readonly what: string,
    private readonly total: number | null,
  ) {}

  get done(): number {
    return this.#done;
  }

  /** Units per second since the start. */
  get rate(): number {
    return this.#done / Math.max(0.001, (performance.now() - this.#startedAt) / 1_000);
  }

  add(units: number): void {
    this.reach(this.#done + units);
  }

  /** As `reach`, for an unknown total with a known share: from 0 to 1. */
  reachShare(share: number, done: number): void {
    this.#share = share;
    this.reach(done);
  }

  /** @param detail printed after the figures */
  reach(done: number, detail = ''): void {
    this.#done = done;
    const now = performance.now();
    if (now - this.#toldAt < (this.#isTerminal ? drawEveryMs : sayEveryMs)) return;
    this.#toldAt = now;
    const line = detail === '' ? this.#line() : `${this.#line()}  ${detail}`;
    process.stderr.write(this.#isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  }

  /** Removes the bar. */
  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }

  #line(): string {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    return progressLine(this.what, { done: this.#done, total: this.total, share: this.#share, seconds });
  }
}

/** @param seconds since the start */
export function progressLine(
  what: string,
  progress: { done: number; total: number | null; share: number | null; seconds: number },
): string {
  const { done, total, seconds } = progress;
  const rate = `${Math.round(done / Math.max(0.001, seconds)).toLocaleString('en')} ${what}/s`;
  // There are more units than at the start, so the total is unknown.
  const known = total !== null && total > 0 && done <= total ? total : null;
  const share = progress.share ?? (known === null ? null : done / known);
  const units = `${done.toLocaleString('en')}${known === null ? '' : ` of ${known.toLocaleString('en')}`} ${what}`;
  if (share === null) return `${units}  ${rate}`;
  const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '·');
  const line = `${bar} ${Math.floor(share * 100)} %  ${units}  ${rate}`;
  return share === 0 ? line : `${line}  ${duration((seconds * (1 - share)) / share)} left`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
