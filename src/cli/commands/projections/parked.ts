import { Argument, Command, InvalidArgumentError } from 'commander';
import type { ProjectionName } from '../../../postgres/tables.js';
import { projectionNames } from '../../../projections/models/index.js';
import { listParked, type Parked, retryParked } from '../../../projections/operations/retry-parked.js';
import {
  listSkipped,
  type Skipped,
  type SkipResult,
  skipParked,
  unskip,
} from '../../../projections/operations/skipped-events.js';
import { migrate } from '../../../projections/schema/migrations.js';
import { requireSchema } from '../../../projections/schema/schema-version.js';
import { withCliContext } from '../../cli-context.js';
import { count } from '../../output/count.js';
import { printJson } from '../../output/json.js';
import { say } from '../../output/print.js';
import { Refused } from '../../refused.js';

interface Options {
  readonly json: boolean;
}

interface OfEvent extends Options {
  readonly revision: bigint;
}

/** Poison events of a projection, the events held back after them, and skipped events. */
export function parkedCommand(): Command {
  const parked = new Command('parked').description(
    'parked concerts, whose events are held back after a poison event, and skipped events',
  );
  parked
    .command('list', { isDefault: true })
    .description('list the events that are held back or skipped, and why')
    .option('--json', 'one JSON object per concert held back or event skipped, and line', false)
    .action(({ json }: Options) => list(json));
  ofConcert(parked, 'retry', 'apply the events again, now that the cause is mended')
    .addHelpText('after', '\nExit code 1: an event is still in the way.')
    .action(async (projection: ProjectionName, concertId: string, { json }: Options) => {
      const result = await withCliContext(async ({ database, store }) => {
        await migrate(database);
        return retryParked(database, store, projection, concertId);
      });
      tell(result, projection, concertId, json);
    });
  ofConcert(parked, 'skip', 'leave out the event that cannot be applied, and apply those after it')
    .requiredOption('--revision <n>', 'revision of the event, as `parked list` shows it', revisionOf)
    .addHelpText(
      'after',
      '\nAn audit reports the skip until it is undone. Repeated, the command continues where it was.\nExit code 1: another event is in the way now.',
    )
    .action(async (projection: ProjectionName, concertId: string, { json, revision }: OfEvent) => {
      const result = await withCliContext(async ({ database, store }) => {
        await migrate(database);
        return skipParked(database, store, projection, concertId, revision);
      });
      tell(result, projection, concertId, json);
    });
  ofConcert(parked, 'unskip', 'undo a skip: the next rebuild of the projection applies the event')
    .requiredOption('--revision <n>', 'revision of the event, as `parked list` shows it', revisionOf)
    .action(async (projection: ProjectionName, concertId: string, { json, revision }: OfEvent) => {
      const { kind } = await withCliContext(async ({ database }) => {
        await migrate(database);
        return unskip(database, projection, concertId, revision);
      });
      if (kind === 'not-skipped') {
        throw new Refused(
          `${projection} does not skip revision ${revision} of concert ${concertId}. \`parked list\` shows what it skips.`,
        );
      }
      if (kind === 'building') {
        throw new Refused(
          `A rebuild of ${projection} without the event has begun. Finish it, or \`projections abandon\` it, and ask again.`,
        );
      }
      if (json) printJson({ projection, concertId, revision, kind });
      else say(`\`projections rebuild ${projection}\` will apply revision ${revision}.`);
    });
  return parked;
}

const ofConcert = (parked: Command, name: string, description: string): Command =>
  parked
    .command(name)
    .description(description)
    .addArgument(new Argument('<projection>').choices(projectionNames))
    .argument('<concert>', 'id of the concert')
    .option('--json', 'print the result as a JSON object', false);

async function list(json: boolean): Promise<void> {
  const { parked, skipped } = await withCliContext(
    async ({ database }) => {
      await requireSchema(database);
      return { parked: await listParked(database), skipped: await listSkipped(database) };
    },
    { onlyLooks: true },
  );
  if (json) {
    for (const each of parked) printJson({ kind: 'parked', ...each });
    for (const each of skipped) printJson({ kind: 'skipped', ...each });
    return;
  }
  for (const each of parked) showParked(each);
  if (parked.length === 0) say('Nothing is held back.');
  for (const each of skipped) showSkipped(each);
}

function showParked({ projection, concertId, events, eventType, revision, problem, parkedAt }: Parked): void {
  say(
    `${projection} holds back ${count(events, 'event')} of concert ${concertId}, since ${parkedAt.toISOString()}:`,
  );
  say(`  revision ${revision}, ${eventType}: ${problem}`);
}

function showSkipped({ projection, concertId, revision, problem, skippedAt, undoneAt }: Skipped): void {
  const undone = undoneAt === null ? '' : '; the next rebuild applies it';
  say(
    `${projection} skips revision ${revision} of concert ${concertId}, since ${skippedAt.toISOString()}${undone}:`,
  );
  say(`  ${problem}`);
}

function tell(result: SkipResult, projection: ProjectionName, concertId: string, json: boolean): void {
  if (result.kind === 'not-parked') {
    throw new Refused(
      `${projection} does not hold back concert ${concertId}. \`parked list\` shows the concerts that are held back.`,
    );
  }
  if (result.kind === 'other-revision') {
    throw new Refused(
      `Revision ${result.revision} of concert ${concertId} is in the way of ${projection}, not the one named. Nothing was changed.`,
    );
  }
  if (result.kind === 'not-in-log') {
    throw new Refused(
      `The log does not have the event of concert ${concertId} that ${projection} holds back at revision ${result.revision}: it is another log, or incomplete. ` +
        `\`projections reset ${projection}\`, or a rebuild, projects the present log.`,
    );
  }
  if (json) printJson({ projection, concertId, ...result });
  else if (result.kind === 'released')
    say(`${projection} applied ${count(result.taken, 'event')} and holds nothing back.`);
  else say(`${projection} applied ${count(result.taken, 'event')}. Still in the way: ${result.problem}`);
  if (result.kind === 'still-parked') process.exitCode = 1;
}

function revisionOf(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('It is a revision, a whole number.');
  return BigInt(text);
}
