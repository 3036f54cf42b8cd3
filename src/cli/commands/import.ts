import { createReadStream, existsSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { importLog, type LogSource } from '../../replay/transfer/import.js';
import { linesOf } from '../../replay/transfer/lines.js';
import { longestLine } from '../../replay/transfer/log-lines.js';
import { withCliContext } from '../cli-context.js';
import { count } from '../output/count.js';
import { printJson } from '../output/json.js';
import { Progress } from '../output/progress.js';
import { Refused } from '../refused.js';

export const importCommand = (): Command =>
  new Command('import')
    .description(
      'write an exported log into an empty store; killed and started again, it continues where it was',
    )
    .argument('<file>', 'the output of `onsale export`; - for stdin')
    .option('--json', 'print what was imported as a JSON object', false)
    .addHelpText(
      'after',
      '\nA file is verified completely before anything is written, stdin a page at a time. The read models follow as soon as the\nservice runs.',
    )
    .action(async (file: string, { json }: { json: boolean }) => {
      if (file !== '-' && !existsSync(file)) throw new Refused(`There is no file ${file}.`);
      const progress = new Progress('events', null);
      const imported = await withCliContext(
        ({ store }) => importLog(store, sourceOf(file), (events) => progress.add(events)),
        { mayCreate: true },
      );
      progress.end();
      if (json) printJson(imported);
      else {
        const { events, alreadyThere, sha256 } = imported;
        process.stdout.write(
          `${count(events, 'event')}, ${alreadyThere} of them present before, sha256 ${sha256}\n`,
        );
      }
    });

function sourceOf(file: string): LogSource {
  const lines = () => {
    const input = file === '-' ? process.stdin : createReadStream(file);
    return linesOf(input.setEncoding('utf8'), longestLine);
  };
  return { kind: file !== '-' && statSync(file).isFile() ? 'file' : 'pipe', lines };
}
