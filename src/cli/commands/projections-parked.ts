import { Argument, Command } from 'commander';
import { migrate } from '../../projections/migrations.js';
import { projectionNames } from '../../projections/models/index.js';
import { listParked, type RetryResult, retryParked, skipParked } from '../../projections/parked-events.js';
import type { ProjectionName } from '../../projections/projection.js';
import { say } from '../demo/print.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { Refused } from '../refused.js';
import { withTools } from '../tools.js';

/** Events that a projection could not take, and those of the same concert behind them. */
export function parkedCommand(): Command {
  const parked = new Command('parked').description(
    'events that are held back because one could not be taken',
  );
  parked
    .command('list', { isDefault: true })
    .description('what is held back, and why')
    .option('--json', 'one JSON object per projection and concert and line', false)
    .action(async ({ json }: { json: boolean }) => {
      const all = await withTools(async ({ database }) => {
        await migrate(database);
        return listParked(database);
      });
      for (const each of all) {
        const { projection, concertId, events, eventType, revision, problem, parkedAt } = each;
        if (json) printJson(each);
        else {
          say(
            `${projection} holds back ${count(events, 'event')} of concert ${concertId}, since ${parkedAt.toISOString()}:`,
          );
          say(`  revision ${revision}, ${eventType}: ${problem}`);
        }
      }
      if (all.length === 0 && !json) say('Nothing is held back.');
    });
  for (const { name, description, run } of [
    { name: 'retry', description: 'take the events again, now that the reason is gone', run: retryParked },
    { name: 'skip', description: 'do without the event for good, and take those behind it', run: skipParked },
  ]) {
    parked
      .command(name)
      .description(description)
      .addArgument(new Argument('<projection>').choices(projectionNames))
      .argument('<concert>', 'id of the concert')
      .option('--json', 'tell the result as a JSON object', false)
      .addHelpText('after', '\nExit code 1: an event is still in the way.')
      .action(async (projection: ProjectionName, concertId: string, { json }: { json: boolean }) => {
        const result = await withTools(async ({ database, store }) => {
          await migrate(database);
          return run(database, store, projection, concertId);
        });
        tell(result, projection, concertId, json);
      });
  }
  return parked;
}

function tell(result: RetryResult, projection: ProjectionName, concertId: string, json: boolean): void {
  if (result.kind === 'not-parked') {
    throw new Refused(
      `${projection} holds nothing of concert ${concertId} back. \`parked list\` shows what it does.`,
    );
  }
  if (json) printJson({ projection, concertId, ...result });
  else if (result.kind === 'released')
    say(`${projection} took ${count(result.taken, 'event')} and holds nothing back.`);
  else say(`${projection} took ${count(result.taken, 'event')}. Still in the way: ${result.problem}`);
  if (result.kind === 'still-parked') process.exitCode = 1;
}
