import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { ConcertVerdict, Verdict } from '../../replay/judge/judge.js';
import { judgeFiles, sliceOf } from '../../replay/judge/judge-files.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { heading, say, showFindings } from '../output/print.js';
import { Progress } from '../output/progress.js';
import { Refused } from '../refused.js';

export const judgeCommand = (): Command =>
  new Command('judge')
    .description(
      'judge a recorded sale: what clients were answered, against the log and an independent model of the rules (docs/judge.md)',
    )
    .argument('<file...>', 'calls and log as lines of JSON, in one file or several')
    .option('--json', 'the verdict as one JSON object per concert and line', false)
    .addHelpText(
      'after',
      '\nNo server is needed. Exit code 1: an invariant is violated; the lines that show it are printed. Exit code 2: something\n' +
        'could not be judged (UNSEEN), such as a call that never had an answer, and nothing else is wrong.',
    )
    .action(async (files: string[], { json }: { json: boolean }) => {
      for (const file of files) if (!existsSync(file)) throw new Refused(`There is no file ${file}.`);
      const progress = new Progress('lines', null);
      const verdict = await judgeFiles(files, (lines) => progress.add(lines));
      progress.end();
      if (json) for (const concert of verdict.concerts) printJson(concert);
      else await show(verdict, files, progress);
      process.exitCode = { sound: 0, violated: 1, unchecked: 2 }[verdict.soundness];
    });

async function show(verdict: Verdict, files: readonly string[], progress: Progress): Promise<void> {
  for (const concert of verdict.concerts) {
    say(heading(`${concert.concertId}: ${count(concert.calls, 'call')}, ${count(concert.events, 'event')}`));
    showFindings(concert.findings);
    await showSlices(concert, files);
  }
  if (verdict.soundness === 'violated' && verdict.header !== null) {
    say('  the run:');
    say(`    ${JSON.stringify(verdict.header)}`);
  }
  const rate = `${count(progress.done, 'line')}, ${Math.round(progress.rate).toLocaleString('en')}/s`;
  say(`${count(verdict.operations, 'operation')} judged (${rate}): ${inWords[verdict.soundness]}`);
}

const inWords: Readonly<Record<Verdict['soundness'], string>> = {
  sound: 'every answer agrees with the log',
  violated: 'violated',
  unchecked: 'nothing is violated, but not all could be judged',
};

async function showSlices({ findings }: ConcertVerdict, files: readonly string[]): Promise<void> {
  for (const { invariant, verdict, subject } of findings) {
    if (verdict !== 'violated' || subject === null) continue;
    say(`  lines that show ${invariant}:`);
    for (const line of await sliceOf(files, subject)) say(`    ${line}`);
  }
}
