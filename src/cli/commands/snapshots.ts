import { Command } from 'commander';
import { migrate } from '../../projections/schema/migrations.js';
import { requireSchema } from '../../projections/schema/schema-version.js';
import { withCliContext } from '../cli-context.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { say } from '../output/print.js';
import { table } from '../output/table.js';
import { Refused } from '../refused.js';

/** Saved states of the write side, so that a cold process need not read whole logs. */
export function snapshotsCommand(): Command {
  const snapshots = new Command('snapshots').description(
    'saved states, so that a cold process need not read the whole log',
  );
  snapshots
    .command('list', { isDefault: true })
    .description('list the snapshots')
    .option('--json', 'one JSON object per snapshot and line', false)
    .action(async ({ json }: { json: boolean }) => {
      const all = await withCliContext(
        async ({ database, snapshots }) => {
          await requireSchema(database);
          return snapshots.list();
        },
        { onlyLooks: true },
      );
      if (json) for (const each of all) printJson(each);
      else if (all.length === 0) say('There are no snapshots.');
      else {
        const rows = all.map(({ concertId, revision, takenAt, bytes }) => [
          concertId,
          revision,
          takenAt.toISOString(),
          bytes,
        ]);
        for (const line of table([['concert', 'revision', 'taken at', 'bytes'], ...rows])) say(line);
      }
    });
  snapshots
    .command('drop')
    .description('delete one snapshot, or all; sales take new ones, and nothing depends on them')
    .argument('[concert]', 'id of a concert')
    .option('--all', 'of every concert', false)
    .option('--json', 'print the result as a JSON object', false)
    .action(async (concertId: string | undefined, { all, json }: { all: boolean; json: boolean }) => {
      if ((concertId === undefined) !== all) {
        throw new Refused('Name a concert, or --all for every one of them.');
      }
      const dropped = await withCliContext(async ({ database, snapshots }) => {
        await migrate(database);
        return snapshots.drop(concertId ?? null);
      });
      if (json) printJson({ dropped });
      else say(`${count(dropped, 'snapshot')} dropped.`);
    });
  return snapshots;
}
