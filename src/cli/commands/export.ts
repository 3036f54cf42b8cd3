import { createWriteStream, existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { exportLog } from '../../replay/transfer/export.js';
import type { LastLine } from '../../replay/transfer/log-lines.js';
import { withCliContext } from '../cli-context.js';
import { lowerPriority } from '../lower-priority.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { Progress } from '../output/progress.js';
import { Refused } from '../refused.js';

interface Options {
  readonly output?: string;
  readonly force: boolean;
  readonly json: boolean;
}

export const exportCommand = (): Command =>
  new Command('export')
    .description('the log, or that of one concert, as lines of JSON')
    .argument('[concert]', 'id of a concert; all of them when not given')
    .option('--output <file>', 'write to this file, atomically; otherwise to stdout')
    .option('--force', 'replace the file', false)
    .option('--json', 'with --output: print what was written as a JSON object', false)
    .action(async (concertId: string | undefined, options: Options) => {
      const { output } = options;
      if (output !== undefined && !options.force && existsSync(output)) {
        throw new Refused(`${output} exists. Name another file, or --force to replace it.`);
      }
      const progress = new Progress('events', null);
      const written = await withCliContext(async ({ store }) => {
        lowerPriority();
        if (concertId !== undefined && (await store.readLast(concertId)) === null) {
          throw new Refused(`Concert ${concertId} is not in the log. Nothing was written.`);
        }
        let last: LastLine = { events: 0, sha256: '' };
        const chunks = async function* () {
          last = yield* exportLog(store, concertId ?? null, (events) => progress.add(events));
        };
        await write(Readable.from(chunks()), output);
        return last;
      });
      progress.end();
      if (output === undefined) return;
      if (options.json) printJson({ file: output, ...written });
      else process.stdout.write(`${count(written.events, 'event')} in ${output}, sha256 ${written.sha256}\n`);
    });

/** A file gets its name only when it is complete. */
async function write(text: Readable, output: string | undefined): Promise<void> {
  if (output === undefined) {
    await pipeline(text, process.stdout, { end: false });
    return;
  }
  const unfinished = `${output}.unfinished`;
  await pipeline(text, createWriteStream(unfinished, { flush: true }));
  await rename(unfinished, output);
}
