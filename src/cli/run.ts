import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { version } from '../installation/version.js';
import { messageOf } from '../waiting/message-of.js';
import { auditCommand } from './commands/audit.js';
import { completionCommand } from './commands/completion.js';
import { doctorCommand } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { historyCommand } from './commands/history.js';
import { importCommand } from './commands/import.js';
import { judgeCommand } from './commands/judge.js';
import { keysCommand } from './commands/keys.js';
import { ownersCommand } from './commands/owners.js';
import { projectionsCommand } from './commands/projections/projections.js';
import { showCommand } from './commands/show.js';
import { snapshotsCommand } from './commands/snapshots.js';
import { whatIfCommand } from './commands/what-if.js';
import { loadConfig } from './config.js';
import { say } from './output/print.js';

/** Exit code of a command that could not be done as given. 1 means done, with something wrong found. */
const couldNot = 2;

/**
 * Runs one command line, without the program's name. Writes to stdout and stderr. Resolves with the exit code when all is done.
 */
export async function run(args: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : couldNot;
    process.stderr.write(`onsale: ${messageOf(error)}\n`);
    return couldNot;
  }
}

function createProgram(): Command {
  const program = new Command('onsale')
    .version(version)
    .description('Sells a fixed stock of concert tickets to a crowd that arrives all at once.')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well; 1 done, and something is wrong or differs; 2 could not be done as asked.',
    )
    .showHelpAfterError()
    .exitOverride();

  program
    .command('serve')
    .description(
      'serve the API; servers that no environment variable names are started here (docs/configuration.md)',
    )
    .option('--workers <n>', 'processes that answer requests; 0: one process does everything', wholeNumber, 0)
    .option('--ephemeral', 'delete the data of the dev servers at the end', false)
    .action(async (options: { workers: number; ephemeral: boolean }) => {
      const config = configOrExit();
      const { createLogger, serve, untilStopped } = await import('./serving/serving.js');
      const logger = createLogger(config.logLevel);
      const serving = await serve(config, options, logger);
      // Signals are handled before the line is printed: a caller may send one right after it.
      const stopped = untilStopped(logger);
      process.stdout.write(`onsale listens on ${serving.url}\n`);
      await stopped;
      await serving.stop();
    });

  program
    .command('demo')
    .description(
      'sell 1,000 tickets, the first 10 of them VIP, to 10,000 customers over HTTP, audit the sale, go on serving',
    )
    .option('--once', 'end after the verdict; exit code 1 if an invariant does not hold', false)
    .option('--holds', 'sell with holds and a waiting list, to 2,000 customers', false)
    .option('--json <file>', 'write the figures to a file')
    .option('--workers <n>', 'processes that answer requests', wholeNumber, 2)
    .option('--ephemeral', 'delete the data of the dev servers at the end', false)
    .option('--seed <n>', 'who does what is drawn from this', wholeNumber, 1)
    .action(async (options: DemoOptions) => {
      const config = configOrExit();
      const { createLogger, serve, untilStopped } = await import('./serving/serving.js');
      const { runDemo, showCurlLines } = await import('./demo/demo.js');
      const { runHoldsDemo } = await import('./demo/holds-demo.js');
      const logger = createLogger(config.logLevel);
      say('Starting the event store, Redis and Postgres …');
      const serving = await serve(config, options, logger);
      const run = options.holds ? runHoldsDemo : runDemo;
      const outcome = await run(serving.url, options.seed, options.json);
      if (!options.once) {
        showCurlLines(serving.url, outcome);
        await untilStopped(logger);
      }
      await serving.stop();
      if (!outcome.passed) process.exitCode = 1;
    });

  for (const command of [
    doctorCommand(),
    projectionsCommand(),
    auditCommand(),
    showCommand(),
    historyCommand(),
    whatIfCommand(),
    exportCommand(),
    importCommand(),
    judgeCommand(),
    ownersCommand(),
    keysCommand(),
    snapshotsCommand(),
    completionCommand(() => program),
  ])
    program.addCommand(asPartOf(program, command));
  return program;
}

/** Settings of a command that was built on its own also come from the command that it is added to, for its subcommands too. */
function asPartOf(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const each of command.commands) asPartOf(command, each);
  return command;
}

interface DemoOptions {
  readonly once: boolean;
  readonly holds: boolean;
  readonly json?: string;
  readonly workers: number;
  readonly ephemeral: boolean;
  readonly seed: number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 0 to 999');
  return Number(text);
}

function configOrExit() {
  const loaded = loadConfig(process.env);
  if (loaded.ok) return loaded.config;
  for (const problem of loaded.problems) process.stderr.write(`${problem}\n`);
  process.exit(couldNot);
}
