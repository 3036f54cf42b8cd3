import { Command } from 'commander';
import { loadConfig } from '../config.js';
import type { Check } from '../doctor/check.js';
import { examine } from '../doctor/examine.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { paint, say } from '../output/print.js';

/** Looks at all that the service needs, and says how to mend what is wrong. */
export const doctorCommand = (): Command =>
  new Command('doctor')
    .description(
      'look at configuration, servers, versions, clocks and permissions, and say how to mend what is wrong; exit code 1 if something is',
    )
    .option('--json', 'one JSON object per check and line', false)
    .action(async ({ json }: { json: boolean }) => {
      const checks = await examine(loadConfig(process.env));
      const wrong = checks.filter(({ verdict }) => verdict === 'problem' || verdict === 'unknown');
      if (json) for (const check of checks) printJson(check);
      else {
        for (const check of checks) show(check);
        say();
        say(wrong.length === 0 ? 'Nothing is wrong.' : `${count(wrong.length, 'problem')}.`);
      }
      if (wrong.length > 0) process.exitCode = 1;
    });

function show({ subject, verdict, says, mend }: Check): void {
  const mark = { ok: 'green', warning: 'bold', problem: 'red', unknown: 'red' } as const;
  say(`${paint[mark[verdict]]}${verdict.padEnd(8)}${paint.off} ${subject}: ${says}`);
  if (mend !== undefined) say(`         ${mend}`);
}
