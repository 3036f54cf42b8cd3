import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/**
 * CPU seconds, user and system, that a process and all its descendants have used, those that have ended
 * included. Linux only: undefined elsewhere.
 */
export function cpuSeconds(pid: number): number | undefined {
  const each = cpuSecondsByProcess(pid);
  return each && [...each.values()].reduce((sum, seconds) => sum + seconds, 0);
}

/** The same, process by process. Those that have ended count with the one that started them. */
export function cpuSecondsByProcess(pid: number): ReadonlyMap<number, number> | undefined {
  if (process.platform !== 'linux') return undefined;
  const processes = new Map(readdirSync('/proc').flatMap(statOf));
  const family = (id: number): [number, number][] => {
    const own = processes.get(id)?.ticks ?? 0;
    const children = [...processes].filter(([, { parent }]) => parent === id);
    return [[id, own / TICKS_PER_SECOND], ...children.flatMap(([child]) => family(child))];
  };
  return new Map(family(pid));
}

/** A process that ends while the folder is read has none. */
function statOf(entry: string): [number, { parent: number; ticks: number }][] {
  if (!/^\d+$/.test(entry)) return [];
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + field, 0);
    return [[Number(entry), { parent, ticks }]];
  } catch {
    return [];
  }
}
