import { Command } from 'commander';
import type { ProjectionName } from '../../../postgres/tables.js';
import { projectionNames } from '../../../projections/models/index.js';
import { listSkipped, type Skipped, unskipAll } from '../../../projections/operations/skipped-events.js';
import { rebuildStockCache } from '../../../projections/operations/stock-cache-rebuild.js';
import { type RebuildResult, rebuild } from '../../../projections/rebuild/rebuild.js';
import { migrate } from '../../../projections/schema/migrations.js';
import { type CliContext, withCliContext } from '../../cli-context.js';
import { lowerPriority } from '../../lower-priority.js';
import { count } from '../../output/count.js';
import { printJson } from '../../output/json.js';
import { say } from '../../output/print.js';
import { duration, Progress } from '../../output/progress.js';
import { Refused } from '../../refused.js';

const stockCache = 'stock-cache';

interface Options {
  readonly all: boolean;
  readonly acceptDifferences: boolean;
  readonly takeSkipped: boolean;
  readonly json: boolean;
}

export const rebuildCommand = (): Command =>
  new Command('rebuild')
    .description('build read models from the log again, beside the live ones, and swap them in')
    .argument('[projections...]', `${projectionNames.join(', ')}, or ${stockCache} for the stock in Redis`)
    .option('--all', 'every projection, in one pass over the log', false)
    .option('--accept-differences', 'swap new tables in although they differ from the old ones', false)
    .option('--take-skipped', 'undo `parked skip`: apply the skipped events too', false)
    .option('--json', 'print the result as a JSON object', false)
    .addHelpText(
      'after',
      '\nSales and queries go on. Killed at any moment, the same command continues. The old tables are kept\n' +
        'until `onsale projections drop-replaced`. Exit code 1: the new tables differ from the old, nothing was swapped.',
    )
    .action(async (named: string[], options: Options) => {
      if ((named.length === 0) !== options.all)
        throw new Refused('Name projections, or --all for every one.');
      await withCliContext(async (tools) => {
        lowerPriority();
        await migrate(tools.database);
        if (named.includes(stockCache)) await refillStockCache(tools, named, options);
        else await rebuildTables(tools, options.all ? projectionNames : named.map(toName), options);
      });
    });

function toName(text: string): ProjectionName {
  const name = projectionNames.find((each) => each === text);
  if (name === undefined) {
    throw new Refused(
      `There is no projection ${text}. There are ${projectionNames.join(', ')} and ${stockCache}.`,
    );
  }
  return name;
}

async function refillStockCache(
  { database, stock }: CliContext,
  named: readonly string[],
  { json }: Options,
) {
  if (named.length > 1)
    throw new Refused(`Rebuild ${stockCache} on its own: it comes from a table, not the log.`);
  if (stock === null) throw new Refused('There is no stock in Redis to rebuild: REDIS_URL is none.');
  const concerts = await rebuildStockCache(database, stock);
  if (json) printJson({ kind: 'done', concerts });
  else say(`Republished stock for ${count(concerts, 'concert')}.`);
}

async function rebuildTables(
  { database, store, stock }: CliContext,
  names: readonly ProjectionName[],
  { acceptDifferences, takeSkipped, json }: Options,
): Promise<void> {
  if (takeSkipped && (await unskipAll(database, names)).kind === 'building') {
    throw new Refused(
      'A rebuild without the skipped events has begun. Finish it, or `projections abandon` it, and ask again.',
    );
  }
  const progress = new Progress('events', null);
  const startedAt = performance.now();
  const result = await untilInterrupted((signal) =>
    rebuild({
      database,
      store,
      names,
      acceptDifferences,
      signal,
      onProgress: ({ events, share }) => progress.reachShare(share, events),
    }),
  );
  progress.end();
  if (stock !== null && result.kind === 'done' && result.foreign.includes('stock')) {
    // The stock in Redis is of the other log too, with revisions that this log may not have.
    await stock.forgetAll();
    await rebuildStockCache(database, stock);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  if (json) printJson({ ...result, projections: names, seconds });
  else tell(result, names, seconds);
  if (result.kind === 'done' && !json) offerSkipped(await listSkipped(database), names);
  if (result.kind === 'busy') throw new Refused('Another process is rebuilding. Wait for it, or stop it.');
  if (result.kind === 'interrupted') throw new Refused('Interrupted. The same command continues from here.');
  if (result.kind === 'different') process.exitCode = 1;
}

function tell(
  { kind, events, differences, uncompared }: RebuildResult,
  names: readonly string[],
  seconds: number,
): void {
  for (const { table, concertId, liveRows, builtRows } of differences) {
    say(
      `${table}, concert ${concertId}: ${liveRows} rows in the old table, ${builtRows} in the new, not the same`,
    );
  }
  if (kind === 'different') {
    say(
      'Nothing was swapped; the new tables are kept. Look into the old ones with `onsale audit`, then rebuild again',
    );
    say('with --accept-differences to take the new ones, or `onsale projections abandon` to discard them.');
  } else if (kind === 'done') {
    const rate = Math.round(events / seconds).toLocaleString('en');
    for (const { projection, reason } of uncompared) say(`${projection} was not compared: ${reason}.`);
    say(`${names.join(', ')}: rebuilt from ${count(events, 'event')} in ${duration(seconds)} (${rate}/s)`);
  }
}

function offerSkipped(skipped: readonly Skipped[], names: readonly ProjectionName[]): void {
  const lasting = skipped.filter(({ projection }) => names.includes(projection));
  if (lasting.length === 0) return;
  say(
    `${count(lasting.length, 'event')} stayed skipped (\`projections parked\`); rebuild with --take-skipped to apply them.`,
  );
}

/** The first Ctrl-C stops the work where it can be continued; a second one ends the process. */
async function untilInterrupted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work(interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
