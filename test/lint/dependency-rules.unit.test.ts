import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** One import that each rule of .dependency-cruiser.cjs forbids: the file that imports, and the file or package. */
const forbidden: Record<string, readonly [from: string, to: string]> = {
  'no-circular': ['src/domain/circle-a.ts', 'src/domain/circle-b.ts'],
  'domain-looks-down': ['src/domain/a.ts', 'src/waiting/a.ts'],
  'installation-looks-down': ['src/installation/a.ts', 'src/domain/a.ts'],
  'domain-has-no-drivers': ['src/domain/clock.ts', 'node:fs'],
  'waiting-stands-alone': ['src/waiting/a.ts', 'src/domain/a.ts'],
  'event-store-looks-down': ['src/event-store/a.ts', 'src/commands/a.ts'],
  'redis-looks-down': ['src/redis/a.ts', 'src/commands/a.ts'],
  'postgres-looks-down': ['src/postgres/a.ts', 'src/projections/a.ts'],
  'commands-looks-down': ['src/commands/a.ts', 'src/redis/a.ts'],
  'projections-looks-down': ['src/projections/a.ts', 'src/commands/a.ts'],
  'snapshots-looks-down': ['src/snapshots/a.ts', 'src/commands/a.ts'],
  'replay-looks-down': ['src/replay/a.ts', 'src/commands/a.ts'],
  'api-looks-down': ['src/api/a.ts', 'src/cli/a.ts'],
  'projections/live-stands-apart': ['src/projections/live/a.ts', 'src/projections/rebuild/a.ts'],
  'projections/rebuild-stands-apart': ['src/projections/rebuild/a.ts', 'src/projections/queries/a.ts'],
  'projections/operations-stands-apart': ['src/projections/operations/a.ts', 'src/projections/live/a.ts'],
  'projections/queries-stands-apart': ['src/projections/queries/a.ts', 'src/projections/operations/a.ts'],
  'projections/models-look-down': ['src/projections/models/a.ts', 'src/projections/apply/a.ts'],
  'expected-rows-stand-apart': ['src/projections/models/expected/a.ts', 'src/projections/models/a.ts'],
  'projections/apply-looks-down': ['src/projections/apply/a.ts', 'src/projections/live/a.ts'],
  'api/problems-looks-down': ['src/api/problems/a.ts', 'src/api/http/a.ts'],
  'api/http-looks-down': ['src/api/http/a.ts', 'src/api/routing/a.ts'],
  'api/schemas-looks-down': ['src/api/schemas/a.ts', 'src/api/routes/a.ts'],
  'api/reading-looks-down': ['src/api/reading/a.ts', 'src/api/routes/a.ts'],
  'api/routing-looks-down': ['src/api/routing/a.ts', 'src/api/routes/a.ts'],
  'api/access-looks-down': ['src/api/access/a.ts', 'src/api/routes/a.ts'],
  'api/live-looks-down': ['src/api/live/a.ts', 'src/api/routes/a.ts'],
  'api/limits-looks-down': ['src/api/limits/a.ts', 'src/api/routes/a.ts'],
  'api/openapi-looks-down': ['src/api/openapi/a.ts', 'src/api/routes/a.ts'],
  'traces-are-loaded-when-configured': ['src/cli/a.ts', 'src/api/telemetry/open-telemetry.ts'],
  'client-looks-down': ['src/client/a.ts', 'src/domain/a.ts'],
  'api/page-looks-down': ['src/api/page/a.ts', 'src/api/routes/a.ts'],
  'page-stands-alone': ['page/app/a.ts', 'src/domain/a.ts'],
  'page-has-no-core-modules': ['page/app/b.ts', 'node:fs'],
  'dev-servers-stand-alone': ['dev-servers/a.ts', 'src/domain/a.ts'],
  'dev-servers-log-knows-no-grpc': ['dev-servers/event-store/log/a.ts', 'dev-servers/event-store/grpc/a.ts'],
  'one-door-to-the-dev-servers': ['src/cli/a.ts', 'dev-servers/a.ts'],
  'one-module-per-driver: event store': ['src/cli/events.ts', '@eventstore/db-client'],
  'one-module-per-driver: typed client': ['src/cli/typed.ts', 'openapi-fetch'],
  'one-module-per-driver: redis': ['src/cli/redis.ts', 'ioredis'],
  'one-module-per-driver: postgres': ['src/cli/postgres.ts', 'pg'],
  'one-module-per-driver: query builder': ['src/cli/queries.ts', 'kysely'],
  'no-development-packages': ['src/cli/tools.ts', 'vitest'],
  'nothing-imports-tests': ['src/cli/tests.ts', 'test/a.ts'],
};

const { forbidden: rules, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');
const folder = mkdtempSync(join(tmpdir(), 'dependency-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isFile = (module: string): boolean => module.endsWith('.ts');

/** Writes a file that imports these. */
function write(path: string, imports: readonly string[] = []): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  const lines = imports.map((to, i) => {
    const between = relative(dirname(path), to).replace(/\.ts$/, '.js');
    const specifier = isFile(to) ? (between.startsWith('.') ? between : `./${between}`) : to;
    return `export * as module${i} from '${specifier}';`;
  });
  writeFileSync(join(folder, path), ['export {};', ...lines].join('\n'));
}

/** A project of nothing but these imports, with empty packages. */
function writeProject(): void {
  const imports = new Map<string, string[]>();
  for (const [from, to] of Object.values(forbidden)) imports.set(from, [...(imports.get(from) ?? []), to]);
  imports.set('src/domain/circle-b.ts', ['src/domain/circle-a.ts']);
  const all = [...new Set([...imports.keys(), ...[...imports.values()].flat()])];
  for (const path of all.filter(isFile)) write(path, imports.get(path));
  const packages = all.filter((module) => !isFile(module) && !module.startsWith('node:'));
  for (const name of packages) {
    write(`node_modules/${name}/index.js`);
    const manifest = JSON.stringify({ name, version: '1.0.0', main: 'index.js' });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), manifest);
  }
  const versionsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  const dependencies = versionsOf(packages.filter((name) => name !== 'vitest'));
  const devDependencies = versionsOf(['vitest']);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies, devDependencies }));
}

let violations: Set<string>;
beforeAll(async () => {
  writeProject();
  const { tsConfig: _, ...others } = options;
  const { output } = await cruise(['src', 'page', 'dev-servers'], {
    ...others,
    baseDir: folder,
    ruleSet: { forbidden: rules },
    validate: true,
  });
  violations = new Set(
    (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  );
});

test('there is an example of each rule', () => {
  const names = rules.map(({ name }: { name: string }) => name);
  expect(Object.keys(forbidden).sort()).toEqual(names.sort());
});

test.each(Object.entries(forbidden))('%s forbids an import', (rule, [from, to]) => {
  const found = [...violations].filter((each) => each.startsWith(`${rule}: ${from} → `));
  expect(found.some((each) => each.includes(to.replace('node:', '')))).toBe(true);
});
