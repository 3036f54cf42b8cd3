import { Argument, Command } from 'commander';
import type { ProjectionName } from '../../postgres/tables.js';
import { projectionNames } from '../../projections/models/index.js';
import {
  pauseProjection,
  resetProjection,
  resumeProjection,
} from '../../projections/operations/pause-resume-reset.js';
import { abandonBuild, dropReplaced } from '../../projections/rebuild/swap.js';
import { migrate } from '../../projections/schema/migrations.js';
import { type CliContext, withCliContext } from '../cli-context.js';
import { say } from '../demo/print.js';
import { printJson } from '../output/json.js';
import { parkedCommand } from './projections-parked.js';
import { rebuildCommand } from './projections-rebuild.js';
import { statusCommand } from './projections-status.js';

/** Operations on the read models. Each is done through Postgres, so it holds whichever process projects. */
export function projectionsCommand(): Command {
  const projections = new Command('projections').description('look after the read models');
  projections.addCommand(statusCommand());
  projections.addCommand(rebuildCommand());
  projections.addCommand(parkedCommand());

  const operation = (
    name: string,
    description: string,
    done: string,
    run: (tools: CliContext, projection: ProjectionName) => Promise<void>,
  ) =>
    projections
      .command(name)
      .description(description)
      .addArgument(new Argument('<projection>').choices(projectionNames))
      .option('--json', 'tell it as a JSON object', false)
      .action(async (projection: ProjectionName, { json }: { json: boolean }) => {
        await withCliContext(async (tools) => {
          await migrate(tools.database);
          await run(tools, projection);
        });
        if (json) printJson({ projection, done: name });
        else say(`${projection} ${done}.`);
      });
  operation('pause', 'take no more events in; queries go on', 'is paused', ({ database }, name) =>
    pauseProjection(database, name),
  );
  operation('resume', 'go on from where it was paused', 'goes on', ({ database }, name) =>
    resumeProjection(database, name),
  );
  operation(
    'reset',
    'empty the tables and project all events again, live; a rebuild does it without showing less meanwhile',
    'is emptied and starts over',
    ({ database }, name) => resetProjection(database, name),
  );
  operation(
    'abandon',
    'forget an unfinished rebuild',
    'has no unfinished rebuild any more',
    ({ database }, name) => abandonBuild(database, name),
  );

  projections
    .command('drop-replaced')
    .description('forget the tables that rebuilds have replaced, which are kept until then')
    .option('--json', 'tell it as a JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      await withCliContext(({ database }) => dropReplaced(database));
      if (json) printJson({ done: 'drop-replaced' });
      else say('The replaced tables are gone.');
    });
  return projections;
}
