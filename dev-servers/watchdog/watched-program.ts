import type { ProcessIdentity } from './process-identity.js';
import type { Ending, FromWatchdog, Program } from './protocol.js';

/** How many of its last lines an error about a program quotes. */
const QUOTED_LINES = 20;

/** A program as the watchdog reports it, with promises for its events. */
export interface WatchedProgram {
  receive(message: Extract<FromWatchdog, { id: number }>): void;
  /** The watchdog has ended: there are no further reports. */
  lost(): void;
  ended: Promise<Ending>;
  /** Its current process; undefined when it does not run. Keeps its value when the watchdog has ended. */
  readonly process: ProcessIdentity | undefined;
  /** Resolves with the first line that matches; rejects when the program ends before. Must be called at once. */
  saying(pattern: RegExp): Promise<string>;
  /** Resolves when it ended with code 0, otherwise rejects. */
  success(): Promise<void>;
}

export function watchProgram(
  { name }: Program,
  { died = () => {} }: { died?: (words: string) => void } = {},
): WatchedProgram {
  const lastLines: string[] = [];
  let running: ProcessIdentity | undefined;
  let onLine: (line: string) => void = () => undefined;
  let onEnded: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    onEnded = resolve;
  });
  const endedWords = ({ code, signal }: Ending) =>
    [`${name} ended with ${signal ?? code ?? 'no reason given'}.`, ...lastLines].join('\n  ');

  return {
    ended,
    get process() {
      return running;
    },
    receive(message) {
      if (message.kind === 'started') running = message.process;
      else if (message.kind === 'ended') {
        running = undefined;
        onEnded({ code: message.code, signal: message.signal });
      } else if (message.kind === 'died') {
        running = undefined;
        const words = endedWords(message);
        died(`${words}\nIt is started again in ${message.pauseMs} ms.`);
        lastLines.length = 0;
      } else {
        lastLines.push(message.line);
        if (lastLines.length > QUOTED_LINES) lastLines.shift();
        onLine(message.line);
      }
    },
    lost() {
      lastLines.push('Its watchdog is gone.');
      onEnded({ code: null, signal: null });
    },
    async saying(pattern) {
      const said = new Promise<string>((resolve) => {
        onLine = (line) => pattern.test(line) && resolve(line);
      });
      return Promise.race([
        said,
        ended.then((ending) => {
          throw new Error(endedWords(ending));
        }),
      ]);
    },
    async success() {
      const ending = await ended;
      if (ending.code !== 0) throw new Error(endedWords(ending));
    },
  };
}
