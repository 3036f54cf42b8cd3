import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A defect that this service had, or could have: put into a copy of the compiled code, to see that the search finds it. */
interface Defect {
  readonly name: string;
  readonly what: string;
  /** A file of `src`, compiled, and the text to replace there; it must occur once. */
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

export const defects: readonly Defect[] = [
  {
    name: 'ids-of-tickets',
    what: 'event ids derive from type, purchase and ticket: another decision passes for a repeat of the first',
    file: 'domain/ids.js',
    text: "toUuid(batch + place.toString(16).padStart(4, '0'), 8)",
    instead: 'toUuid(digestOf([event.type, event.data.purchaseId, event.data.ticketNumber].join()), 8)',
  },
  {
    name: 'any-revision',
    what: 'appends carry no expected revision',
    file: 'commands/state/concert-log.js',
    text: 'this.store.append(concertId, expected, batch)',
    instead: "this.store.append(concertId, 'any', batch)",
  },
  {
    name: 'refusal-from-memory',
    what: 'a refusal is believed from memory, before the log or Redis is asked',
    file: 'commands/no-append-fast-path.js',
    text: 'await this.#current.get(command.concertId)',
    instead: 'cached',
  },
  {
    name: 'refusal-on-assumed-state',
    what: 'a refusal is believed on the state that an append was to prove',
    file: 'commands/decide-with-retry.js',
    text: 'let isCurrent = cached === undefined && loader.loadsConfirmed;',
    instead: 'let isCurrent = true;',
  },
  {
    name: 'look-up-in-flight',
    what: 'a caller shares a read of the log that began before the call',
    file: 'waiting/shared-lookups.js',
    text: 'const running = this.#running.get(key);',
    instead: 'const running = this.#running.get(key); if (running !== undefined) return running.outcome;',
  },
  {
    name: 'refusal-from-redis',
    what: 'a refusal is believed when Redis names no newer revision, without a read of the log',
    file: 'commands/no-append-fast-path.js',
    text: 'loader.confirm(concertId)',
    instead: 'loader.load(concertId)',
  },
  {
    name: 'unknown-as-busy',
    what: 'an append without an answer is told as busy: nothing was sold',
    file: 'commands/decide-and-append.js',
    text: 'unavailable(result.problem)',
    instead: "{ kind: 'busy', retryAfterSeconds: 1 }",
  },
];

/**
 * Runs this program again, on a copy of the compiled code with the defect in it, and returns its exit code.
 * @throws {TypeError} when there is no such defect, or the code has changed and its patch no longer applies
 */
export function runWithDefect(name: string, args: readonly string[]): number {
  const defect = defects.find((each) => each.name === name);
  if (defect === undefined)
    throw new TypeError(`expected one of ${defects.map((each) => each.name).join(', ')}`);
  const dist = resolve(import.meta.dirname, '..');
  const copy = mkdtempSync(join(tmpdir(), 'onsale-defect-'));
  try {
    for (const folder of ['src', 'simulation'])
      cpSync(join(dist, folder), join(copy, folder), { recursive: true });
    symlinkSync(resolve(dist, '../node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}\n');
    patch(join(copy, 'src', defect.file), defect);
    return (
      spawnSync(process.execPath, [join(copy, 'simulation/main.js'), ...args], { stdio: 'inherit' }).status ??
      2
    );
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function patch(path: string, { name, file, text, instead }: Defect): void {
  const [before, after, ...more] = readFileSync(path, 'utf8').split(text);
  if (before === undefined || after === undefined || more.length > 0)
    throw new TypeError(`the defect ${name} does not apply: ${file} does not have its text exactly once`);
  writeFileSync(path, before + instead + after);
}
