import { Command, InvalidArgumentError } from 'commander';
import { concertsOf } from '../../projections/queries/audit-rows.js';
import { requireSchema } from '../../projections/schema/schema-version.js';
import { type Interest, refusalsAreNotRecorded, tellStory } from '../../replay/time-travel/story.js';
import { type CliContext, withCliContext } from '../cli-context.js';
import { printJson } from '../output/json.js';
import { say } from '../output/print.js';
import { Refused } from '../refused.js';

interface Options {
  readonly concert?: string;
  readonly json: boolean;
}

export function historyCommand(): Command {
  const history = new Command('history').description(
    'the story of a concert, purchase, hold, customer or ticket, in sentences with times',
  );
  const story = (name: string, description: string) =>
    history
      .command(name)
      .description(description)
      .option('--json', 'one JSON object per sentence and line', false);

  story('concert', 'all events of a concert')
    .argument('<concert>', 'id of a concert')
    .action((concertId: string, options: Options) => tell(null, {}, { ...options, concert: concertId }));
  story('purchase', 'the events of a purchase')
    .argument('<purchase>', 'id of a purchase')
    .option('--concert <id>', 'its concert; otherwise it is looked up in the read model')
    .action((id: string, options: Options) => tell({ id }, { purchaseId: id }, options));
  story('hold', 'the events of a hold, of its place in the waiting list and of the purchase it became')
    .argument('<hold>', 'id of a hold')
    .option('--concert <id>', 'its concert; otherwise it is looked up in the read models')
    .action((id: string, options: Options) => tell({ id }, { purchaseId: id }, options));
  story('customer', "a customer's purchases and holds, at all concerts")
    .argument('<customer>', 'id of a customer')
    .option('--concert <id>', 'this concert only; otherwise they are looked up in the read models')
    .action((customerId: string, options: Options) => tell({ customerId }, { customerId }, options));
  story('ticket', 'the events of a ticket')
    .argument('<concert>', 'id of a concert')
    .argument('<number>', 'number of the ticket', wholeNumber)
    .action((concertId: string, ticketNumber: number, options: Options) =>
      tell(null, { ticketNumber }, { ...options, concert: concertId }),
    );
  return history;
}

type Whose = Parameters<typeof concertsOf>[1] | null;

async function tell(whose: Whose, interest: Interest, { concert, json }: Options): Promise<void> {
  await withCliContext(
    async (tools) => {
      const concertIds =
        concert === undefined && whose !== null ? await lookUp(tools, whose) : [concert ?? ''];
      let sentences = 0;
      for (const concertId of concertIds) {
        for await (const told of tellStory(tools.store.read(concertId, 0n), interest)) {
          sentences += 1;
          if (json) printJson(told);
          else say(`${told.at}  ${told.sentence}`);
        }
      }
      if (sentences === 0) {
        const hint = concert === undefined ? ' If it is newer than the read models, name its --concert.' : '';
        throw new Refused(`The log has no matching event.${hint}`);
      }
      if (!json) say(`\n${refusalsAreNotRecorded}`);
    },
    { onlyLooks: true },
  );
}

async function lookUp({ database }: CliContext, whose: NonNullable<Whose>): Promise<readonly string[]> {
  await requireSchema(database);
  return concertsOf(database, whose);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}
