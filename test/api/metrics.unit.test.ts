import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics } from '../../src/api/telemetry/metrics.js';

const document = readFileSync('docs/observability.md', 'utf8');
const { registry, atScrape } = createMetrics();
const exported = [registry, atScrape].flatMap((each) =>
  each.getMetricsAsArray().map(({ name, help }) => ({ name, help })),
);

test('the document names each metric that the service exports, and no other', () => {
  const named = new Set(document.match(/\bonsale_[a-z_]+\b/g));
  expect([...named].sort()).toEqual(exported.map(({ name }) => name).sort());
});
