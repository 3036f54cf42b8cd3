import { run } from '../../src/cli/run.js';

/** Runs command lines one after the other in one process, as starting one takes longer than most commands. */

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
}

/** Keeps what is written instead of passing it on; answers what there is, and forgets it. */
function capture(stream: NodeJS.WriteStream): () => string {
  let text = '';
  const write = (chunk: string | Uint8Array, ...more: unknown[]): boolean => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = more.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
  Object.assign(stream, { write });
  return () => {
    const taken = text;
    text = '';
    return taken;
  };
}

const out = capture(process.stdout);
const complaint = capture(process.stderr);

async function handle({ args, env }: CommandLine): Promise<void> {
  Object.assign(process.env, env);
  const code = await run(args);
  process.send?.({ code, out: out(), complaint: complaint() } satisfies CommandResult);
}

process.on('message', (message: CommandLine) => void handle(message));
process.on('disconnect', () => process.exit());
