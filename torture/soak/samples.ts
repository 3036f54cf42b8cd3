import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process has at a moment. */
export interface Sample {
  readonly atMs: number;
  readonly memoryMiB: number;
  readonly files: number;
  readonly connections: number;
}

/** Null when the process is gone. */
export function sampleOf(pid: number, atMs: number): Sample | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const memoryMiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
    const folder = `/proc/${pid}/fd`;
    const targets = readdirSync(folder).flatMap((file) => {
      try {
        return [readlinkSync(`${folder}/${file}`)];
      } catch {
        // It was closed meanwhile.
        return [];
      }
    });
    const connections = targets.filter((target) => target.startsWith('socket:')).length;
    return { atMs, memoryMiB, files: targets.length, connections };
  } catch {
    return null;
  }
}

export interface Slope {
  /** Per hour. */
  readonly slope: number;
  /** Standard error of the slope. */
  readonly error: number;
  readonly first: number;
  readonly last: number;
  readonly points: number;
}

/**
 * The straight line through the means of `blocks` equal parts of the time: what follows each other closely is not independent, and
 * would make the error look too small.
 */
export function slopeOf(points: readonly (readonly [atMs: number, value: number])[], blocks = 12): Slope {
  const means = meansOf(points, blocks);
  const [first, last] = [means[0]?.[1] ?? Number.NaN, means.at(-1)?.[1] ?? Number.NaN];
  const count = means.length;
  if (count < 3) return { slope: Number.NaN, error: Number.NaN, first, last, points: count };
  const mean = (of: (point: readonly [number, number]) => number) =>
    means.reduce((sum, point) => sum + of(point), 0) / count;
  const [middle, height] = [mean(([x]) => x), mean(([, y]) => y)];
  const spread = means.reduce((sum, [x]) => sum + (x - middle) ** 2, 0);
  const slope = means.reduce((sum, [x, y]) => sum + (x - middle) * (y - height), 0) / spread;
  const rest = means.reduce((sum, [x, y]) => sum + (y - height - slope * (x - middle)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (count - 2) / spread), first, last, points: count };
}

function meansOf(
  points: readonly (readonly [atMs: number, value: number])[],
  blocks: number,
): readonly (readonly [hours: number, value: number])[] {
  const [begin, end] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  const length = (end - begin) / blocks;
  return Array.from({ length: blocks }, (_, block) => {
    const within = points.filter(([at]) => Math.min(blocks - 1, Math.floor((at - begin) / length)) === block);
    const mean = (of: (point: readonly [number, number]) => number) =>
      within.reduce((sum, point) => sum + of(point), 0) / within.length;
    return [mean(([at]) => at) / 3_600_000, mean(([, value]) => value)] as const;
  }).filter(([at]) => !Number.isNaN(at));
}
