import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
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

/** As much of Grafana's classic dashboard model as this dashboard uses; nothing else may be in it. */
const source = z.strictObject({ type: z.literal('prometheus'), uid: z.literal(`\${datasource}`) });
const grid = z
  .strictObject({
    h: z.int().min(1),
    w: z.int().min(1).max(24),
    x: z.int().min(0).max(23),
    y: z.int().min(0),
  })
  .refine(({ x, w }) => x + w <= 24);
const about = { id: z.int().min(1), title: z.string().min(1), gridPos: grid };
const row = z.strictObject({
  ...about,
  ...{ type: z.literal('row'), collapsed: z.literal(false), panels: z.tuple([]) },
});
const timeseries = z.strictObject({
  ...about,
  ...{ type: z.literal('timeseries'), description: z.string().min(1), datasource: source },
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.string(),
      min: z.number().optional(),
      max: z.number().optional(),
      decimals: z.int().optional(),
      custom: z.strictObject({
        fillOpacity: z.int().min(0).max(100),
        showPoints: z.enum(['auto', 'never', 'always']),
      }),
    }),
    overrides: z.tuple([]),
  }),
  options: z.strictObject({
    legend: z.strictObject({
      displayMode: z.enum(['list', 'table', 'hidden']),
      placement: z.enum(['bottom', 'right']),
      showLegend: z.boolean(),
      calcs: z.array(z.string()),
    }),
    tooltip: z.strictObject({
      mode: z.enum(['single', 'multi', 'none']),
      sort: z.enum(['asc', 'desc', 'none']),
    }),
  }),
  targets: z
    .array(
      z.strictObject({
        refId: z.string().regex(/^[A-Z]$/),
        datasource: source,
        expr: z.string().min(1),
        legendFormat: z.string(),
      }),
    )
    .min(1),
});
const model = z.looseObject({
  uid: z.string().min(8).max(40),
  schemaVersion: z.int().min(36),
  panels: z.array(z.discriminatedUnion('type', [row, timeseries])),
  templating: z.strictObject({
    list: z.array(z.looseObject({ name: z.string(), type: z.enum(['datasource', 'query']) })),
  }),
});

test('the dashboard is of the model that Grafana imports', () => {
  const { panels } = model.parse(dashboard);
  const ids = panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const panel of panels) {
    const refs = panel.type === 'row' ? [] : panel.targets.map(({ refId }) => refId);
    expect(new Set(refs).size).toBe(refs.length);
  }
});
