import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { controls } from './controls/controls.js';
import { runControls } from './controls/run-controls.js';
import { faultNamed, faults } from './faults/index.js';
import { torture } from './run.js';
import { soak } from './soak/soak.js';

const help = `Sells concerts on real servers while faults strike, heals, settles what is open, and judges the whole history.

  npm run torture                               every fault with 2 seeds, long ones cut short: a few minutes
  npm run torture -- --full --seeds 20          every fault with 20 seeds, at full length
  npm run torture -- --faults F1,F3+F8          some of them; + for several at once
  npm run torture -- --faults F6 --seed 7       one schedule again
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

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    full: { type: 'boolean', default: false },
    faults: { type: 'string', default: faults.map(({ id }) => id).join(',') },
    seeds: { type: 'string', default: '2' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'string' },
    controls: { type: 'string' },
    soak: { type: 'string' },
    rate: { type: 'string' },
  },
});

// Each server and process ends with this one.
process.setMaxListeners(100);

if (values.help) console.log(help);
else {
  const keep = values.keep ?? mkdtempSync(join(tmpdir(), 'onsale-histories-'));
  mkdirSync(keep, { recursive: true });
  const seeds =
    values.seed === undefined
      ? Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)
      : [Number(values.seed)];
  const jsonFile = values.json ?? null;
  const shape = values.rate === undefined ? {} : { perSecond: Number(values.rate) };
  const names = values.controls === 'all' ? null : (values.controls?.split(',') ?? null);
  const code =
    values.soak !== undefined
      ? await soak({ minutes: Number(values.soak), jsonFile })
      : values.controls !== undefined
        ? await runControls({ names, seeds, keep, jsonFile, shape })
        : await torture({
            faults: values.faults.split(',').map((names) => names.split('+').map(faultNamed)),
            seeds,
            isShort: !values.full,
            shape,
            keep,
            keepAll: values.keep !== undefined,
            jsonFile,
          });
  if (code === 0 && values.keep === undefined) rmSync(keep, { recursive: true });
  process.exit(code);
}
