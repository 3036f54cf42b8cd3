/**
 * Fails on words that this project has given up for the field's own, so that they do not come back. Prints each place with the
 * word to use instead. There is no list of exceptions: an entry is added when the last use of its word is gone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const code = ['src', 'page', 'dev-servers', 'bench', 'simulation', 'torture', 'test'];
const prose = ['docs', 'README.md', 'CONTRIBUTING.md'];
const everywhere = [...code, ...prose];

/** What is looked for, where, and the word to use. */
const words = [
  [/\bKnownConcerts\b/, everywhere, 'ConcertLoader'],
  [/\bfirstState\b/, everywhere, 'restoreFromSnapshot'],
  [/\bstatesFromLog\b/, everywhere, 'uncachedLoader'],
  [/\bcarryOut\b/, everywhere, 'handle, execute or decideWithRetry'],
  [/\bPendingTask\b/, everywhere, 'PendingCommand'],
  [/\b[Aa]nswerAtOnce\b/, everywhere, 'NoAppendFastPath, fastPath'],
  [/\bNotNow\b/, everywhere, 'RetryLater'],
  [/\bLocalLine\b/, everywhere, 'KeyedMutex'],
  [/\bgiveWay\b|\bgive-way\b/, everywhere, 'lowerPriority'],
  [/\bwithTools\b/, everywhere, 'withCliContext'],
  [/\bopenRooms\b|\brooms\b/, everywhere, 'compose, modules'],
  [/\bthe house\b/i, everywhere, 'the composition root, the modules'],
  [/\buntilVisible\b/, everywhere, 'waitForRevision'],
  [/\bgarbage\.[jt]s\b/, everywhere, 'malformed-request.ts'],
  [/\bedge\.[jt]s\b/, everywhere, 'request-middleware.ts'],
  [/\bmanage\.[jt]s\b/, ['src', ...prose], 'concert-commands.ts'],
  [/\ballot\b/, everywhere, 'allocateTickets'],
  [/\b(interface|class|type) (Told|Heard)\b/, code, 'ClientObservation'],
  [/\bPace\b|\bhurry\b/, everywhere, 'BatchThrottle, flush'],
  [/\bIntake\b/, everywhere, 'Batcher'],
  [/\b(Seller|Lanes?|lanes?)\b/, ['bench', 'test/bench'], 'System, Connections'],
  [/\bOutlet\b/, code, 'ResponseStream'],
  [/\bwrite-behind\b/i, everywhere, 'send window'],
  [/\btogether\.[jt]s\b/, everywhere, 'until-first-ends.ts'],
  [/\bLogBooks\b|\bbooks of (its own|the log)\b/, everywhere, 'LogModel, an independent model'],
  [/\bonsale replay\b/, everywhere, 'onsale what-if'],
  [
    /\b(interface|class|type) (Task|Known|Behind|States|LocalLine)\b/,
    code,
    'Command, LogView, CatchUpReader, ConcertLoader',
  ],
  [/\b(answer|ask|tools)\.[jt]s\b/, ['src'], 'respond.ts, or-unavailable.ts, cli-context.ts'],
  [/\bdemand\(/, code, 'assert'],
  [/\bh(eld|olds?) .{0,30}against the log\b/, everywhere, 'compared with the log'],
  [/\bBROKEN\b|\bVerdict: held\b/, everywhere, 'violated, pass'],
  [/\banew\b/i, everywhere, 'again'],
  [/\b(put|puts|putting) by\b/i, everywhere, 'save, store'],
];

function* filesUnder(path) {
  if (/\.\w+$/.test(path)) return yield path;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && /\.(ts|js|mjs|cjs|md|lua)$/.test(entry.name)) {
      yield join(entry.parentPath ?? entry.path, entry.name);
    }
  }
}

const placesOf = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, at) =>
      words
        .filter(([word, roots]) => roots.some((root) => path.startsWith(root)) && word.test(line))
        .map(([word, , instead]) => `${path}:${at + 1} "${word.exec(line)?.[0]}": use ${instead}`),
    );

const places = everywhere.flatMap((root) => [...filesUnder(root)]).flatMap(placesOf);
for (const place of places) console.error(place);
if (places.length > 0) process.exitCode = 1;
