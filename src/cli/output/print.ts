import type { Finding } from '../../domain/audit/findings.js';

const plain = { green: '', red: '', grey: '', bold: '', off: '' };
const colour = {
  green: '\u001b[32m',
  red: '\u001b[31m',
  grey: '\u001b[90m',
  bold: '\u001b[1m',
  off: '\u001b[0m',
};
/** Escape sequences of a terminal; empty elsewhere. */
export const paint = process.stdout.isTTY && process.env.NO_COLOR === undefined ? colour : plain;

/** Prints a line on stdout. */
export const say = (line = ''): void => void process.stdout.write(`${line}\n`);

/** Bold text, if stdout is a terminal and `NO_COLOR` is not set. */
export const heading = (text: string): string => `${paint.bold}${text}${paint.off}`;

/** Prints a line for each finding, and the first violations below a violated one. */
export function showFindings(findings: readonly Finding[]): void {
  for (const { invariant, claim, verdict, checked, violations, examples } of findings) {
    const mark =
      verdict === 'violated'
        ? `${paint.red}VIOLATED`
        : verdict === 'pass'
          ? `${paint.green}pass    `
          : verdict === 'unchecked'
            ? `${paint.red}UNSEEN  `
            : `${paint.grey}n/a     `;
    say(`  ${invariant.padEnd(3)} ${mark}${paint.off}  ${claim}  ${paint.grey}(${checked})${paint.off}`);
    if (verdict !== 'violated') continue;
    say(`            ${violations} times, such as:`);
    for (const example of examples) say(`            - ${example}`);
  }
}
