/**
 * Arrows point down only: cli → api → commands, replay → snapshots → projections → postgres, event-store, redis → domain.
 * Commands own the ports that event store and Redis fit; only `src/cli` and tests put them together.
 * `waiting` lies under all, `dev-servers` stands beside the product and imports nothing of it.
 */
const modules = (...names) => `^src/(${names.join('|')})/`;
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
const only = (name, ...allowed) =>
  forbid(
    `${name}-looks-down`,
    { path: modules(name) },
    { path: `^(src/(?!(${[name, ...allowed].join('|')})/)|dev-servers/)` },
  );

/** Sub-folders of a module that never import each other. */
const apart = (parent, ...folders) =>
  folders.map((folder) =>
    forbid(
      `${parent}/${folder}-stands-apart`,
      { path: `^src/${parent}/${folder}/` },
      { path: `^src/${parent}/(${folders.filter((other) => other !== folder).join('|')})/` },
      'These folders share what lies below them and know nothing of each other.',
    ),
  );
/** A sub-folder of a module that imports only those named, and files of the module itself. */
const layer = (parent, folder, ...below) =>
  forbid(
    `${parent}/${folder}-looks-down`,
    { path: `^src/${parent}/${folder}/` },
    { path: `^src/${parent}/(?!(${[folder, ...below].join('|')})/)[^/]+/` },
  );

const driver = (name, packages, ...homes) =>
  forbid(
    `one-module-per-driver: ${name}`,
    { path: '^src/', pathNot: modules(...homes) },
    { path: `node_modules/(@types/)?(${packages})/` },
  );

module.exports = {
  forbidden: [
    forbid(
      'no-circular',
      {},
      { circular: true },
      'A cycle means two files are one thing, or a third is missing.',
    ),
    only('domain'),
    only('installation'),
    forbid(
      'domain-has-no-drivers',
      { path: modules('domain') },
      {
        dependencyTypes: ['npm', 'npm-dev', 'core'],
        pathNot: '(node_modules/immutable/|^(node:)?crypto$)',
      },
      'Clock, ids and storage are passed in. Of crypto, only what gives the same for the same.',
    ),
    forbid(
      'waiting-stands-alone',
      { path: modules('waiting') },
      { path: '(^src/(?!waiting/)|^dev-servers/|node_modules/)' },
    ),
    only('event-store', 'domain', 'waiting', 'installation'),
    only('redis', 'domain', 'waiting', 'installation'),
    only('postgres', 'domain', 'event-store', 'waiting', 'installation'),
    only('commands', 'domain', 'waiting'),
    only('projections', 'domain', 'waiting', 'event-store', 'redis', 'postgres'),
    only('snapshots', 'domain', 'waiting', 'postgres'),
    only('replay', 'domain', 'waiting', 'event-store', 'redis', 'postgres', 'projections', 'snapshots'),
    only(
      'api',
      'installation',
      'domain',
      'waiting',
      'event-store',
      'redis',
      'commands',
      'projections',
      'replay',
    ),
    ...apart('projections', 'live', 'rebuild', 'operations', 'queries'),
    forbid(
      'projections/models-look-down',
      { path: '^src/projections/models/' },
      { path: '^src/projections/(?!models/)' },
    ),
    forbid(
      'expected-rows-stand-apart',
      { path: '^src/projections/models/expected/' },
      { path: '^src/(?!domain/|projections/models/(expected/|audited\\.ts$))' },
      'What an audit expects shares no code with the projection that it checks.',
    ),
    forbid(
      'projections/apply-looks-down',
      { path: '^src/projections/apply/' },
      { path: '^src/projections/(live|rebuild|operations|queries)/' },
    ),
    layer('api', 'problems'),
    layer('api', 'http', 'problems', 'schemas', 'telemetry'),
    layer('api', 'schemas', 'problems'),
    layer('api', 'reading', 'problems', 'http'),
    layer('api', 'live', 'reading', 'telemetry'),
    layer('api', 'routing', 'access', 'limits', 'problems', 'http', 'schemas'),
    layer('api', 'page', 'http'),
    layer('api', 'access', 'routing', 'problems', 'http', 'schemas'),
    layer('api', 'limits', 'access', 'problems', 'http'),
    layer('api', 'openapi', 'problems', 'http', 'schemas', 'routing'),
    only('client'),
    forbid(
      'traces-are-loaded-when-configured',
      { path: '^src/', pathNot: '^src/api/telemetry/open-telemetry.ts$' },
      { path: '(^src/api/telemetry/open-telemetry.ts$|node_modules/@opentelemetry/)', dynamic: false },
      'A service without traces loads nothing of OpenTelemetry.',
    ),
    forbid(
      'page-stands-alone',
      { path: '^page/', pathNot: '^page/bundle.mjs$' },
      {
        path: '(^(src|dev-servers|test)/|node_modules/)',
        pathNot: 'node_modules/(preact|htm|uplot)/',
      },
      'Browsers run it: it knows the API, and nothing of how that is made.',
    ),
    forbid(
      'page-has-no-core-modules',
      { path: '^page/', pathNot: '^page/bundle.mjs$' },
      { dependencyTypes: ['core'] },
    ),
    forbid('dev-servers-stand-alone', { path: '^dev-servers/' }, { path: '^src/' }),
    forbid(
      'dev-servers-log-knows-no-grpc',
      { path: '^dev-servers/event-store/log/' },
      { path: '(^dev-servers/event-store/grpc/|node_modules/(@grpc|google-protobuf|@eventstore)/)' },
    ),
    forbid(
      'one-door-to-the-dev-servers',
      { path: '^src/', pathNot: '^src/cli/dev-servers\\.ts$' },
      { path: '^dev-servers/' },
    ),
    driver('event store', '@eventstore/db-client', 'event-store'),
    driver('typed client', 'openapi-fetch', 'client'),
    driver('redis', 'ioredis|redlock|rate-limiter-flexible', 'redis'),
    driver('postgres', 'pg', 'postgres'),
    driver('query builder', 'kysely', 'postgres', 'projections', 'snapshots'),
    forbid(
      'no-development-packages',
      { path: '^(src|dev-servers)/', pathNot: '^src/bundle.mjs$' },
      { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
      'What is installed without development packages has to run.',
    ),
    forbid(
      'nothing-imports-tests',
      { path: '^(src|dev-servers)/' },
      { path: '^(test|bench|simulation|fuzz|torture)/' },
    ),
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
