import type { Report } from './report.js';
import { describeRatios, type Result } from './result.js';
import { cpuOfSelling, defects, escapeHtml, figure, isBroken, label, situation, whole } from './words.js';

export const ratioRows = ({ ratios }: Report): string =>
  describeRatios(ratios)
    .map(({ aim, situation, ratio, what, meaning, wanted, met }, index, all) => {
      const verdict =
        met === null ? '' : met ? '<span class="met">reached</span>' : '<span class="missed">missed</span>';
      // The description in the first row of a key holds for its other rows.
      const isFirst = all[index - 1]?.aim !== aim;
      const words = [situation, isFirst ? what : '', meaning].filter((text) => text !== '').join('; ');
      const cells = [
        `<td class="name"><b>${escapeHtml(aim)}</b><br><small>${escapeHtml(words)}</small></td>`,
        number(figure(ratio.median)),
        number(`${figure(ratio.min)}–${figure(ratio.max)}`),
        number(String(ratio.n)),
        number(wanted),
        `<td>${verdict}</td>`,
        number(ratio.cpu === null ? '' : figure(ratio.cpu.median)),
      ];
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('\n');

export const resultRows = ({ results }: Report): string => results.map(row).join('\n');

function row(result: Result): string {
  const figures = [
    whole(result.acceptedPerSecond),
    whole(result.refusedPerSecond),
    figure(result.p50Ms),
    figure(result.p99Ms),
    figure(cpuOfSelling(result)),
  ];
  const broken = isBroken(result);
  const struck = (text: string) => number(broken ? `<s>${text}</s>` : text);
  const cells = [
    `<td>${escapeHtml(result.scenario)}</td>`,
    `<td class="name">${escapeHtml(label(result.mode))}</td>`,
    `<td class="name">${escapeHtml(situation(result))}</td>`,
    ...figures.map(struck),
    `<td>${result.bottleneck}</td>`,
    `<td class="name">${escapeHtml(defects(result))}</td>`,
  ];
  return `<tr${broken ? ' class="broken"' : ''}>${cells.join('')}</tr>`;
}

const number = (text: string): string => `<td class="number">${text}</td>`;
