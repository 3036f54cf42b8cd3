import { Command, InvalidArgumentError } from 'commander';
import { newOperatorKey } from '../../api/access/operator-key.js';
import { ApiKeys } from '../../postgres/api-keys.js';
import { migrate } from '../../projections/schema/migrations.js';
import { requireSchema } from '../../projections/schema/schema-version.js';
import { withCliContext } from '../cli-context.js';
import { printJson } from '../output/json.js';
import { say } from '../output/print.js';
import { table } from '../output/table.js';
import { Refused } from '../refused.js';

/** Operators' API keys (docs/security.md). */
export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys of operators: add, list and revoke them');
  keys
    .command('add')
    .description('make a key, which is shown this once; the service knows it within a second')
    .argument('<name>', 'the person or program that will have it', keyName)
    .option('--json', 'print the key as a JSON object', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      const { text, ...key } = newOperatorKey(name);
      await withCliContext(async ({ database }) => {
        await migrate(database);
        await new ApiKeys(database).add(key);
      });
      if (json) printJson({ id: key.id, name, key: text });
      else {
        say(text);
        process.stderr.write(
          `This is the key of ${name}, to be sent as "Authorization: Bearer …". It is not shown again.\n`,
        );
      }
    });
  keys
    .command('list', { isDefault: true })
    .description('list the keys, without their secrets')
    .option('--json', 'one JSON object per key and line', false)
    .action(async ({ json }: { json: boolean }) => {
      const all = await withCliContext(
        async ({ database }) => {
          await requireSchema(database);
          return new ApiKeys(database).list();
        },
        { onlyLooks: true },
      );
      if (json) for (const each of all) printJson(each);
      else if (all.length === 0) say('There are no keys.');
      else {
        const rows = all.map(({ id, name, createdAt, revokedAt }) => [
          ...[id, name, createdAt.toISOString()],
          revokedAt?.toISOString() ?? '',
        ]);
        for (const line of table([['id', 'name', 'made at', 'revoked at'], ...rows])) say(line);
      }
    });
  keys
    .command('revoke')
    .description('refuse a key for good; every process refuses it within ten seconds')
    .argument('<id>', 'as `onsale keys list` shows it')
    .option('--json', 'print the key as a JSON object', false)
    .action(async (id: string, { json }: { json: boolean }) => {
      const key = await withCliContext(async ({ database }) => {
        await migrate(database);
        return new ApiKeys(database).revoke(id);
      });
      if (key === null)
        throw new Refused(`No key has the id "${id}". \`onsale keys list\` shows those there are.`);
      if (json) printJson(key);
      else say(`Revoked the key of ${key.name}.`);
    });
  return keys;
}

function keyName(text: string): string {
  if (!/^(?! )[^\p{C}\p{Zl}\p{Zp}]{1,100}(?<! )$/u.test(text)) {
    throw new InvalidArgumentError('expected 1 to 100 visible characters');
  }
  return text;
}
