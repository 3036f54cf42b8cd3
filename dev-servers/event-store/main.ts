import { Command, InvalidArgumentError, Option } from 'commander';
import { startPostgres } from '../servers/postgres.js';
import { startEventStoreServer } from './grpc/server.js';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly postgres?: string;
  readonly stopWithParent?: true;
}

const command = new Command('event-store')
  .description(
    'Runs the stand-in event store: a replacement for EventStoreDB on a laptop and in tests, with its log in ' +
      'Postgres. Prints its connection string as the first line, and runs until SIGTERM or SIGINT.',
  )
  .option('--port <number>', 'port to listen on; a free one when not given', portNumber, 0)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--data <folder>', 'keep the log in a Postgres of its own in this folder')
  .addOption(
    // A command line can be read by everybody on the machine, and this may hold a password.
    new Option('--postgres <url>', 'keep the log in this Postgres database instead').env(
      'EVENT_STORE_POSTGRES_URL',
    ),
  )
  .option('--stop-with-parent', 'stop when standard input closes or the IPC channel disconnects');

try {
  await run(command.parse().opts<Options>());
  process.exit(0);
} catch (error) {
  console.error(`event-store: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function run(options: Options): Promise<void> {
  const database = await openDatabase(options);
  try {
    const server = await startEventStoreServer({
      postgresUrl: database.url,
      port: options.port,
      host: options.host,
    });
    console.log(server.connectionString);
    const lost = await Promise.race([server.lost, stopRequested(options)]);
    await server.stop();
    if (lost !== undefined) throw lost;
  } finally {
    await database.stop();
  }
}

async function openDatabase({ data, postgres }: Options): Promise<{ url: string; stop(): Promise<void> }> {
  if (data !== undefined && postgres !== undefined)
    command.error('error: give --data or --postgres, not both');
  if (postgres !== undefined) return { url: postgres, stop: async () => {} };
  if (data !== undefined) return startPostgres({ dataDir: data });
  return command.error('error: give --data <folder> or --postgres <url>');
}

/** Resolves when the process is told to end, and keeps it running until then. */
function stopRequested({ stopWithParent }: Options): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = () => resolve(undefined);
    process.once('SIGTERM', stop).once('SIGINT', stop);
    if (!stopWithParent) return;
    process.once('disconnect', stop);
    process.stdin.once('close', stop).once('end', stop).resume();
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}
