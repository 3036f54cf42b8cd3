import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics, observeConnections, observeProcess } from '../../src/api/telemetry/metrics.js';

/** The dashboard and the alert rules ask for what the service exports. */

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}
interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard: { panels: readonly Panel[]; templating: { list: readonly { definition?: string }[] } } =
  JSON.parse(readFileSync('deploy/grafana/onsale.json', 'utf8'));
const rules: readonly Rule[] = parse(readFileSync('deploy/prometheus/alerts.yml', 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);

/** Labels that Prometheus adds. */
const added = ['job', 'instance', 'le'];

const metrics = createMetrics();
observeProcess(metrics);
observeConnections(metrics, () => ({ open: 1, idle: 1, waiting: 0 }));
const labelsOf = new Map<string, readonly string[]>();
for (const metric of [metrics.registry, metrics.atScrape].flatMap((each) => each.getMetricsAsArray())) {
  const labelNames = 'labelNames' in metric ? (metric.labelNames as string[]) : [];
  const isHistogram = metric.constructor.name === 'Histogram';
  const names = isHistogram ? ['_bucket', '_sum', '_count'].map((end) => metric.name + end) : [metric.name];
  for (const name of names) labelsOf.set(name, [...labelNames, ...added]);
}

const metricsIn = (expr: string) => expr.match(/\b(onsale|nodejs|process)_[a-z0-9_]+/g) ?? [];

/** The labels that an expression selects or groups by. */
const labelsIn = (expr: string): string[] => [
  ...[...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label ?? ''),
  ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(', ')),
];

const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.templating.list.flatMap(({ definition }) =>
    definition === undefined ? [] : ([['a variable', definition]] as const),
  ),
];

describe.each(expressions)('%s: %s', (_, expr) => {
  test('names metrics and labels that the service exports', () => {
    const names = metricsIn(expr);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !labelsOf.has(name))).toEqual([]);
    const known = new Set(names.flatMap((name) => labelsOf.get(name) ?? []));
    expect(labelsIn(expr).filter((label) => !known.has(label))).toEqual([]);
  });
});

test('the dashboard shows each metric of the service', () => {
  const shown = new Set(expressions.flatMap(([, expr]) => metricsIn(expr)));
  const all = [...labelsOf.keys()].filter(
    (name) => name.startsWith('onsale_') && !/_(sum|count)$/.test(name),
  );
  expect(all.filter((name) => !shown.has(name))).toEqual([]);
});

test('no two panels are in the same place', () => {
  const places = dashboard.panels.map(({ gridPos: { x, y } }) => `${x}, ${y}`);
  expect(new Set(places).size).toBe(places.length);
});

test('each metric that a panel tells apart by a label is named by it', () => {
  for (const { targets = [] } of dashboard.panels)
    for (const { expr, legendFormat } of targets) {
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(', '));
      for (const label of new Set(grouped.filter((name) => name !== 'le')))
        expect(legendFormat).toContain(`{{${label}}}`);
    }
});

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replace(/ /g, '-');

test.each(rules.map((rule) => [rule.alert, rule] as const))('alert %s says what to do', (_, rule) => {
  expect(rule.labels.severity).toMatch(/^(critical|warning)$/);
  expect(rule.annotations).toMatchObject({
    summary: expect.any(String),
    description: expect.any(String),
  });
  const [file = '', anchor] = (rule.annotations.runbook ?? '').split('#');
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    anchorOf(text ?? ''),
  );
  if (anchor !== undefined) expect(headings).toContain(anchor);
});
