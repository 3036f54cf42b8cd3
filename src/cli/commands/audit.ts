import { Command, InvalidArgumentError } from 'commander';
import { idsJudgedBy } from '../../domain/invariants.js';
import { countProjectedEvents } from '../../projections/queries/audit-rows.js';
import { requireSchema } from '../../projections/schema/schema-version.js';
import {
  auditAll,
  auditConcert,
  type ConcertAudit,
  type Soundness,
  soundnessOf,
} from '../../replay/audit/audit.js';
import { describeDifference } from '../../replay/audit/compare-rows.js';
import { messageOf } from '../../waiting/message-of.js';
import { type CliContext, withCliContext } from '../cli-context.js';
import { lowerPriority } from '../lower-priority.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { heading, say, showFindings } from '../output/print.js';
import { Progress } from '../output/progress.js';
import { Refused } from '../refused.js';

/**
 * Concerts audited at the same time: one is folded while event store and Postgres answer for the next. Each takes the memory of
 * a concert.
 */
const defaultAtOnce = 2;

interface Options {
  readonly all: boolean;
  readonly json: boolean;
  readonly rows: number;
  readonly atOnce: number;
}

export const auditCommand = (): Command =>
  new Command('audit')
    .description(
      'replay the log through an independent model and check the invariants: ' +
        `of the log (${idsJudgedBy('log')}), of the read models (${idsJudgedBy('read models')}), of the stock in Redis (${idsJudgedBy('stock')})`,
    )
    .argument('[concert]', 'id of a concert')
    .option('--all', 'every concert', false)
    .option('--at-once <n>', 'with --all, concerts to audit at the same time', concertCount, defaultAtOnce)
    .option('--rows <n>', 'differing rows to show per concert', wholeNumber, 20)
    .option('--json', 'one JSON object per concert and line', false)
    .addHelpText(
      'after',
      '\nSales may go on meanwhile. Exit code 1: a difference from the log was found. Exit code 2: a part could not be\n' +
        'checked (UNSEEN), and nothing else is wrong.',
    )
    .action(async (concertId: string | undefined, options: Options) => {
      if ((concertId === undefined) !== options.all) {
        throw new Refused('Name a concert, or --all for every one of them.');
      }
      const soundness = await withCliContext((tools) => audit(tools, concertId, options), {
        onlyLooks: true,
      });
      process.exitCode = exitCodes[soundness];
    });

const exitCodes: Readonly<Record<Soundness, number>> = { sound: 0, violated: 1, unchecked: 2 };

async function audit(tools: CliContext, concertId: string | undefined, options: Options): Promise<Soundness> {
  lowerPriority();
  await requireSchema(tools.database);
  const total = concertId === undefined ? await countProjectedEvents(tools.database) : null;
  const progress = new Progress('events', total);
  const onEvents = (events: number) => progress.add(events);
  const audits =
    concertId === undefined
      ? auditAll(tools, (each) => auditConcert(tools, each, onEvents), options.atOnce)
      : auditOne(tools, concertId, onEvents);
  const concerts = { sound: 0, violated: 0, unchecked: 0 };
  try {
    for await (const audited of audits) {
      progress.end();
      const soundness = soundnessOf(audited);
      concerts[soundness] += 1;
      if (options.json) printJson({ ...audited, sound: soundness === 'sound', soundness });
      else show(audited, options.rows, options.all && soundness === 'sound');
    }
  } catch (error) {
    // Findings from before the failure are reported all the same; a difference weighs more than a failed check.
    if (concerts.violated === 0) throw error;
    process.stderr.write(`onsale: the audit is incomplete: ${messageOf(error)}\n`);
  }
  if (!options.json) say(summary(concerts, progress));
  if (concerts.violated > 0) return 'violated';
  return concerts.unchecked > 0 ? 'unchecked' : 'sound';
}

function summary({ sound, violated, unchecked }: Record<Soundness, number>, progress: Progress): string {
  const rate = `${count(progress.done, 'event')}, ${Math.round(progress.rate).toLocaleString('en')}/s`;
  const wrong = [
    ...(violated > 0 ? [`${violated} with violations`] : []),
    ...(unchecked > 0 ? [`${unchecked} incompletely checked`] : []),
  ];
  const verdict = wrong.length === 0 ? 'everything agrees with the log' : wrong.join(', ');
  return `${count(sound + violated + unchecked, 'concert')} audited (${rate}): ${verdict}`;
}

async function* auditOne(
  tools: CliContext,
  concertId: string,
  onEvents: (events: number) => void,
): AsyncGenerator<ConcertAudit> {
  const audited = await auditConcert(tools, concertId, onEvents);
  if (audited === null) {
    throw new Refused(`Concert ${concertId} is neither in the log nor in the read models.`);
  }
  yield audited;
}

function show(audited: ConcertAudit, rows: number, briefly: boolean): void {
  const { concertId, revision, findings, differences } = audited;
  if (briefly) {
    say(`${concertId}  sound at revision ${revision}`);
    return;
  }
  say(heading(`${concertId} at revision ${revision}`));
  showFindings(findings);
  if (differences.length > 0) say('  rows that differ:');
  for (const difference of differences.slice(0, rows)) say(`    ${describeDifference(difference)}`);
}

function concertCount(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1 to 99');
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}
