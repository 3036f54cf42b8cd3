import { Command } from 'commander';
import { ownedConcerts } from '../../redis/queue/owners.js';
import { withCliContext } from '../cli-context.js';
import { printJson } from '../output/json.js';
import { say } from '../output/print.js';
import { table } from '../output/table.js';
import { Refused } from '../refused.js';

/** Which process owns which concert (modes `batch` and `queue`). */
export const ownersCommand = (): Command =>
  new Command('owners')
    .description('which process owns which concert, since when, and how many purchases wait for it')
    .option('--json', 'one JSON object per concert and line', false)
    .action(async ({ json }: { json: boolean }) => {
      const owned = await withCliContext(
        async ({ redis }) => {
          if (redis === null)
            throw new Refused('REDIS_URL is none: without Redis no process owns a concert.');
          return ownedConcerts(redis);
        },
        { onlyLooks: true },
      );
      if (json) for (const each of owned) printJson(each);
      else if (owned.length === 0) say('No concert has an owner: nothing was sold in the last seconds.');
      else {
        const rows = owned.map(({ concertId, process, since, waiting }) => [
          concertId,
          process,
          since.toISOString(),
          waiting,
        ]);
        for (const line of table([['concert', 'owner', 'since', 'waiting'], ...rows])) say(line);
      }
    });
