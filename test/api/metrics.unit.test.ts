import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics, observeConnections } from '../../src/api/telemetry/metrics.js';

const document = readFileSync('docs/observability.md', 'utf8');
const metrics = createMetrics();
observeConnections(metrics, () => ({ open: 2, idle: 1, waiting: 0 }));
const { registry, atScrape } = metrics;
const exported = [registry, atScrape].flatMap((each) =>
  each.getMetricsAsArray().map(({ name, help }) => ({ name, help })),
);

test('the document names each metric that the service exports, and no other', () => {
  const named = new Set(document.match(/\bonsale_[a-z_]+\b/g));
  expect([...named].sort()).toEqual(exported.map(({ name }) => name).sort());
});
