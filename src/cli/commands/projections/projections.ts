import { Argument, Command } from 'commander';
import type { ProjectionName } from '../../../postgres/tables.js';
import { projectionNames } from '../../../projections/models/index.js';
import {
  pauseProjection,
  resetProjection,
  resumeProjection,
} from '../../../projections/operations/pause-resume-reset.js';
import { abandonBuild, dropReplaced } from '../../../projections/rebuild/discard.js';
import { migrate } from '../../../projections/schema/migrations.js';
import { type CliContext, withCliContext } from '../../cli-context.js';
import { printJson } from '../../output/json.js';
import { say } from '../../output/print.js';
import { parkedCommand } from './parked.js';
import { rebuildCommand } from './rebuild.js';
import { statusCommand } from './status.js';

/** Operations on the read models. They go through Postgres, so they take effect whichever process projects. */
export function projectionsCommand(): Command {
  const projections = new Command('projections').description(
    'show, rebuild, pause and repair the read models',
  );
  projections.addCommand(statusCommand());
  projections.addCommand(rebuildCommand());
  projections.addCommand(parkedCommand());

  const operation = (
    name: string,
    description: string,
    done: (projection: ProjectionName) => string,
    run: (tools: CliContext, projection: ProjectionName) => Promise<void>,
  ) =>
    projections
      .command(name)
      .description(description)
      .addArgument(new Argument('<projection>').choices(projectionNames))
      .option('--json', 'print the result as a JSON object', false)
      .action(async (projection: ProjectionName, { json }: { json: boolean }) => {
        await withCliContext(async (tools) => {
          await migrate(tools.database);
          await run(tools, projection);
        });
        if (json) printJson({ projection, done: name });
        else say(done(projection));
      });
  operation(
    'pause',
    'apply no more events; queries go on',
    (name) => `Paused ${name}.`,
    ({ database }, name) => pauseProjection(database, name),
  );
  operation(
    'resume',
    'apply events again, from where it was paused',
    (name) => `Resumed ${name}.`,
    ({ database }, name) => resumeProjection(database, name),
  );
  operation(
    'reset',
    'empty the tables and project all events again, live; a rebuild does it while the old tables serve',
    (name) => `Emptied ${name}; it is projected again from the start of the log.`,
    ({ database }, name) => resetProjection(database, name),
  );
  operation(
    'abandon',
    'discard an unfinished rebuild',
    (name) => `Discarded the unfinished rebuild of ${name}.`,
    ({ database }, name) => abandonBuild(database, name),
  );

  projections
    .command('drop-replaced')
    .description('delete the tables that rebuilds have replaced')
    .option('--json', 'print the result as a JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      await withCliContext(({ database }) => dropReplaced(database));
      if (json) printJson({ done: 'drop-replaced' });
      else say('Deleted the replaced tables.');
    });
  return projections;
}
