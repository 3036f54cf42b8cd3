import { charts } from './charts.js';
import type { Report } from './report.js';
import { describeRatios, type Result } from './result.js';
import { cpuOfSelling, defects, figure, isBroken, label, share, situation, whole } from './words.js';

/** Figures and charts of the report as Markdown, with the charts as files in `folder`. */
export function toMarkdown(report: Report, folder: string): string {
  const scenarios = [...new Set(report.results.map(({ scenario }) => scenario))];
  return [
    machine(report),
    ...report.failures.map(({ scenario, problem }) => `**${scenario} did not come to its end:** ${problem}`),
    '## Ratios',
    ratios(report),
    ...charts.flatMap(({ id, title, text }) => [`## ${title}`, `![${title}](${folder}/${id}.svg)`, text]),
    '## Every result',
    'Struck through: the run broke an invariant, which the last column names.',
    ...scenarios.map((scenario) => `### ${scenario}\n\n${results(report, scenario)}`),
  ].join('\n\n');
}

function machine({ environment: e, commit, plan, tookSeconds, seed, startedAt, command }: Report): string {
  const servers = Object.entries(e.servers).map(([name, version]) => `${name} ${version}`);
  return [
    `- ${startedAt.slice(0, 10)}, commit ${commit}, \`${command}\`, the ${plan} run, seed ${seed}, ${Math.round(tookSeconds / 60)} minutes`,
    `- ${e.cores} cores (${e.cpu}), ${e.memoryGiB} GiB, ${e.platform}, Node ${e.node}; ${servers.join(', ')}`,
    `- of the machine's CPU time during the run ${share(e.used)} was used, by this bench and whatever else ran, and ${share(e.stolen)} stolen by its host`,
  ].join('\n');
}

function ratios({ ratios }: Report): string {
  const rows = describeRatios(ratios).map(({ key, ratio, what, meaning, wanted, met }) => {
    const verdict = met === null ? '' : met ? 'reached' : '**missed**';
    const { median, min, max, n, cpu } = ratio;
    const cells = [
      `\`${key}\``,
      meaning === '' ? what : `${what}: ${meaning}`,
      figure(median),
      `${figure(min)}–${figure(max)}`,
      n,
      wanted,
    ];
    return `| ${[...cells, verdict, cpu === null ? '' : figure(cpu.median)].join(' | ')} |`;
  });
  const head =
    '| ratio | of what | median | min–max | n | aim | | by CPU time |\n| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |';
  return [head, ...rows].join('\n');
}

function results(report: Report, scenario: string): string {
  const rows = report.results.filter((result) => result.scenario === scenario).map(row);
  const head =
    '| system | situation | sold/s | refused/s | p50 ms | p99 ms | CPU µs | held up by | defects |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |';
  return [head, ...rows].join('\n');
}

function row(result: Result): string {
  const strike = (text: string) => (isBroken(result) ? `~~${text}~~` : text);
  const cells = [
    label(result.mode),
    situation(result),
    strike(whole(result.acceptedPerSecond)),
    strike(whole(result.refusedPerSecond)),
    strike(figure(result.p50Ms)),
    strike(figure(result.p99Ms)),
    strike(figure(cpuOfSelling(result))),
    result.bottleneck,
    defects(result),
  ];
  return `| ${cells.join(' | ')} |`;
}
