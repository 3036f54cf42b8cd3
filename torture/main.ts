import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { controls } from './controls/controls.js';
import { runControls } from './controls/run-controls.js';
import { faultNamed, faults } from './faults/index.js';
import { pairsOf } from './faults/pairs.js';
import { torture } from './run.js';
import { soak } from './soak/soak.js';

const help = `Sells concerts on real servers while faults strike, heals, settles what is open, and judges the whole history.

  npm run torture -- --short                    every fault with 2 seeds and 4 pairs of faults, long ones cut short: a few minutes
  npm run torture -- --ci                       every fault with one seed and 2 pairs, side by side: about a minute on an idle machine
  npm run torture -- --full --seeds 20          every fault with 20 seeds, and 20 pairs, at full length
  npm run torture -- --faults F1,F3+F8          some of them; + for several at once
  npm run torture -- --faults F6 --seed 7       one schedule again
  npm run torture -- --pairs 10                 so many pairs of faults besides, drawn by the seed
  npm run torture -- --lanes 2                  trials side by side, each on servers of its own
  npm run torture -- --rate 20                  customers per second, for a machine that has other work
  npm run torture -- --keep DIR                 keep all histories there, not only those that failed
  npm run torture -- --json FILE                the figures of every trial
  npm run torture -- --soak MINUTES             sales, cancellations, rebuilds and restarts at 60 % load: what grows
  npm run torture -- --controls all             judges the judge: builds that break a rule, or some of them: ${controls.map(({ name }) => name).join(', ')}

The servers are those that EVENTSTORE_URL, REDIS_URL and DATABASE_URL name, and dev servers for the rest; servers that were not started
here are not killed, and the faults that need that are skipped, with a word. F5 needs libfaketime (apt-get install libfaketime), F11
the right to mount a file system in memory.

${faults.map(({ id, what }) => `  ${id.padEnd(4)} ${what}`).join('\n')}

Exit code 1: something is violated. 2: something could not be judged, or a fault could not be brought about.`;

const forShort = { seeds: 2, pairs: 4, lanes: 1, perSecond: 40, repeats: 0 };
const forAll = { ...forShort, pairs: 20 };
/** A trial that a busy machine did not let be judged is run again: its times are not what it is about. */
const forCi = { seeds: 1, pairs: 2, lanes: 3, perSecond: 20, repeats: 1 };

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    short: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    faults: { type: 'string' },
    seeds: { type: 'string' },
    pairs: { type: 'string' },
    lanes: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'string' },
    controls: { type: 'string' },
    soak: { type: 'string' },
    rate: { type: 'string' },
  },
});

if (values.help) console.log(help);
else {
  // Made when there is a history: a run that is ended before leaves no folder behind.
  const keep = values.keep ?? join(tmpdir(), `onsale-histories-${process.pid}`);
  const usual = values.ci ? forCi : values.full ? forAll : forShort;
  const seeds =
    values.seed === undefined
      ? Array.from({ length: Number(values.seeds ?? usual.seeds) }, (_, i) => i + 1)
      : [Number(values.seed)];
  const chosen = values.faults?.split(',').map((names) => names.split('+').map(faultNamed));
  const pairs = Number(values.pairs ?? (chosen === undefined ? usual.pairs : 0));
  const jsonFile = values.json ?? null;
  const shape = { perSecond: Number(values.rate ?? usual.perSecond) };
  const names = values.controls === 'all' ? null : (values.controls?.split(',') ?? null);
  const code =
    values.soak !== undefined
      ? await soak({ minutes: Number(values.soak), jsonFile })
      : values.controls !== undefined
        ? await runControls({ names, seeds, keep, jsonFile, shape })
        : await torture({
            // The longest first, for lanes that are to end together.
            trials: [
              ...pairsOf(seeds[0] ?? 1, pairs),
              ...(chosen ?? faults.map((fault) => [fault]).toReversed()).flatMap((at) =>
                seeds.map((seed) => ({ faults: at, seed })),
              ),
            ],
            lanes: Number(values.lanes ?? usual.lanes),
            repeats: usual.repeats,
            isShort: !values.full,
            shape,
            keep,
            keepAll: values.keep !== undefined,
            jsonFile,
          });
  if (code === 0 && values.keep === undefined) rmSync(keep, { recursive: true, force: true });
  process.exit(code);
}
