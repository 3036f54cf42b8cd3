import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/**
 * Puts the compiled page together: one script with all that is needed at once, and one for each part that is loaded when it is
 * wanted. A phone far away asks for two files then, not for thirty.
 */
const at = (path) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

const licences = `/*! With preact (MIT, Jason Miller and contributors), htm (Apache-2.0, Google Inc.) and, where there is a chart, uPlot (MIT, Leon Sorokin). */`;

await rm(at('browser'), { recursive: true, force: true });
await build({
  input: at('page/app/main.js'),
  output: {
    dir: at('browser'),
    entryFileNames: 'app/[name].js',
    chunkFileNames: 'app/[name].js',
    banner: licences,
    minify: true,
    codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
  },
  logLevel: 'warn',
});
