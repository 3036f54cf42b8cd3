import type { Ending, FromWatchdog, Program } from './watchdog-protocol.js';

/** How many of its last lines an error about a program quotes. */
const QUOTED_LINES = 20;

/** What the watchdog tells about one program, as promises. */
export interface WatchedProgram {
  receive(message: Extract<FromWatchdog, { id: number }>): void;
  /** The watchdog itself is gone: nothing more will be heard. */
  lost(): void;
  ended: Promise<Ending>;
  /** Its pid and the first line that matches; rejects when it ends before it says so. To be asked for at once. */
  saying(pattern: RegExp): Promise<{ pid: number; line: string }>;
  /** Resolves when it ended with code 0, otherwise rejects. */
  success(): Promise<void>;
}

export function watchProgram({ name }: Program): WatchedProgram {
  const lastLines: string[] = [];
  let pid = 0;
  let onLine: (line: string) => void = () => undefined;
  let onEnded: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    onEnded = resolve;
  });
  const endedWords = ({ code, signal }: Ending) =>
    [`${name} ended with ${signal ?? code ?? 'no reason given'}.`, ...lastLines].join('\n  ');

  return {
    ended,
    receive(message) {
      if (message.kind === 'started') pid = message.pid;
      else if (message.kind === 'ended') onEnded({ code: message.code, signal: message.signal });
      else {
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
      const line = await Promise.race([
        said,
        ended.then((ending) => {
          throw new Error(endedWords(ending));
        }),
      ]);
      return { pid, line };
    },
    async success() {
      const ending = await ended;
      if (ending.code !== 0) throw new Error(endedWords(ending));
    },
  };
}
