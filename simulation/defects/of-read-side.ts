import type { Defect } from './defect.js';

export const ofReadModels: readonly Defect[] = [
  {
    name: 'runners-not-fenced',
    seed: null,
    what: 'a runner writes without the lease, and from wherever it believes the checkpoint to be',
    file: 'simulation/world/read-model-server.js',
    text: '!isSame(found.position, position) || !isOurs',
    instead: 'false',
  },
  {
    name: 'lease-for-ever',
    seed: 19,
    what: 'a runner that died or stands still keeps the lease',
    file: 'simulation/world/read-model-server.js',
    text: 'this.#lease.until > this.#time && this.#lease.holder !== holder',
    instead: 'this.#lease.holder !== null && this.#lease.holder !== holder',
  },
  {
    name: 'redelivered-twice',
    seed: 10,
    what: 'events that are delivered again are applied again',
    file: 'simulation/world/read-model-server.js',
    text: 'batch.events.filter(({ position }) => isBefore(target.position, position))',
    instead: 'batch.events',
  },
  {
    name: 'failure-ends-projecting',
    seed: 9,
    what: 'a failure of the store ends projecting for good',
    file: 'projections/live/project-live.js',
    text: 'await pause(pauseMs, signal, clock);\n            pauseMs',
    instead: 'await new Promise(() => {});\n            pauseMs',
  },
  {
    name: 'reset-unnoticed',
    seed: 31,
    what: 'the runner does not look for an operator who stepped in',
    file: 'projections/live/project-live.js',
    text: '(await liveFingerprint(readModels)) === fingerprint',
    instead: 'true',
  },
  {
    name: 'other-log-unnoticed',
    seed: 67,
    what: 'read models are not compared with the log at hand',
    file: 'projections/apply/targets.js',
    text: 'problem: await log.whyForeign(checkpoint)',
    instead: 'problem: null',
  },
  {
    name: 'only-positions-compared',
    seed: 67,
    what: 'a restored log that has grown past the checkpoints is taken for the same log',
    file: 'projections/apply/log-check.js',
    text: 'if (lastEvent !== null &&',
    instead: 'if (false &&',
  },
];

export const ofStock: readonly Defect[] = [
  {
    name: 'stock-of-lost-log-kept',
    seed: 67,
    what: 'the stock of a log that was lost stays in Redis',
    file: 'projections/live/stock-publishing.js',
    text: 'if (isOurs === false)',
    instead: 'if (false)',
  },
  {
    name: 'stock-published-once',
    seed: 24,
    what: 'stock is published when it changes, and never again',
    file: 'projections/live/stock-publisher.js',
    text: 'sweepAt = this.clock.monotonic() + sweepEveryMs;',
    instead: 'sweepAt = Number.POSITIVE_INFINITY;',
  },
  {
    name: 'stock-ahead-of-log',
    seed: 19,
    what: 'stock of a revision that a restored log does not have stays in Redis',
    file: 'projections/live/stock-publishing.js',
    text: 'await this.forgetAhead(ending);',
    instead: ';',
  },
];
