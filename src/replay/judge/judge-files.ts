import { createReadStream } from 'node:fs';
import { linesOf } from '../transfer/lines.js';
import { longestLine } from '../transfer/log-lines.js';
import { type HistoryLine, NotAHistoryLine, parseHistoryLine } from './history-lines.js';
import { Judge, type Verdict } from './judge.js';
import { Slice } from './slice.js';
import type { Subject } from './violations.js';

/** Judges the history that these files hold together. @throws {NotAHistoryLine} naming file and line */
export async function judgeFiles(
  files: readonly string[],
  onLines: (lines: number) => void = () => {},
): Promise<Verdict> {
  const judge = new Judge();
  for await (const { line } of linesIn(files, onLines)) judge.add(line);
  return judge.verdict();
}

/** The lines of a history that show a violation, as they stand in the files. */
export async function sliceOf(files: readonly string[], subject: Subject): Promise<readonly string[]> {
  const slice = new Slice(subject);
  for await (const { line } of linesIn(files)) if (line.kind !== 'export') slice.learn(line);
  for await (const { line, text } of linesIn(files)) if (line.kind !== 'export') slice.add(line, text);
  return slice.lines;
}

async function* linesIn(
  files: readonly string[],
  onLines: (lines: number) => void = () => {},
): AsyncGenerator<{ line: HistoryLine; text: string }> {
  for (const file of files) {
    let number = 0;
    for await (const text of linesOf(createReadStream(file).setEncoding('utf8'), longestLine)) {
      number++;
      if (text.trim() === '') continue;
      yield { line: parsed(text, file, number), text };
      if (number % 1_000 === 0) onLines(1_000);
    }
    onLines(number % 1_000);
  }
}

function parsed(text: string, file: string, number: number): HistoryLine {
  try {
    return parseHistoryLine(text);
  } catch (error) {
    if (!(error instanceof NotAHistoryLine)) throw error;
    throw new NotAHistoryLine(`line ${number} of ${file} is no line of a history: ${error.message}`);
  }
}
