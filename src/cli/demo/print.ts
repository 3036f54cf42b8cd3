import type { Finding } from '../../domain/audit/findings.js';
import type { Progress } from './crowd.js';

const barWidth = 30;
const plain = { green: '', red: '', grey: '', bold: '', off: '' };
const colour = {
  green: '\u001b[32m',
  red: '\u001b[31m',
  grey: '\u001b[90m',
  bold: '\u001b[1m',
  off: '\u001b[0m',
};
const paint = process.stdout.isTTY && process.env.NO_COLOR === undefined ? colour : plain;

export const say = (line = ''): void => void process.stdout.write(`${line}\n`);

export const heading = (text: string): string => `${paint.bold}${text}${paint.off}`;

/** Shows how far the sale is: a bar that redraws itself on a terminal, a line a second elsewhere. */
export function showProgress(progress: Progress, customers: number): () => void {
  const started = performance.now();
  const draw = () => {
    const share = progress.served / customers;
    const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '·');
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    return `${bar} ${progress.served}/${customers} customers  ${progress.bought} bought  ${progress.refused} refused  ${progress.cancelled} cancelled  ${seconds} s`;
  };
  const { isTTY } = process.stdout;
  const timer = setInterval(
    () => (isTTY ? process.stdout.write(`\r${draw()}`) : say(draw())),
    isTTY ? 100 : 1_000,
  );
  return () => {
    clearInterval(timer);
    if (isTTY) process.stdout.write('\r');
    say(draw());
  };
}

export function showFindings(findings: readonly Finding[]): void {
  for (const { invariant, claim, verdict, checked, violations, examples } of findings) {
    const mark =
      verdict === 'broken'
        ? `${paint.red}BROKEN`
        : verdict === 'held'
          ? `${paint.green}held  `
          : verdict === 'unchecked'
            ? `${paint.red}UNSEEN`
            : `${paint.grey}n/a   `;
    say(`  ${invariant.padEnd(3)} ${mark}${paint.off}  ${claim}  ${paint.grey}(${checked})${paint.off}`);
    if (verdict !== 'broken') continue;
    say(`          ${violations} times, such as:`);
    for (const example of examples) say(`          - ${example}`);
  }
}
