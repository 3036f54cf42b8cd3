import { cpuSeconds, cpuSecondsByProcess } from '../event-store/cpu-time.js';

export const cpuGroups = ['service', 'eventStore', 'postgres', 'redis', 'load'] as const;
export type CpuGroup = (typeof cpuGroups)[number];

/** The ids of processes, by kind; their children count with them. Empty where the server is not on this machine. */
export type Pids = Readonly<Record<CpuGroup, readonly number[]>>;

/** Microseconds of CPU time, user and system; null where it cannot be known. */
export type CpuMicros = Readonly<Record<CpuGroup, number | null>>;

/** The CPU time so far. The difference of two calls is the time used between them. */
export function cpuNow(pids: Pids): CpuMicros {
  return byGroup((group) => {
    const seconds = pids[group].map(cpuSeconds);
    const known = seconds.filter((value) => value !== undefined);
    if (known.length === 0 || known.length < seconds.length) return null;
    return known.reduce((sum, value) => sum + value, 0) * 1_000_000;
  });
}

/** Microseconds of CPU time by process id. */
export type CpuByProcess = ReadonlyMap<number, number>;

/** The CPU time of this process and of all that it started; empty where it cannot be known. */
export const cpuByProcess = (pid: number): CpuByProcess =>
  new Map([...(cpuSecondsByProcess(pid) ?? [])].map(([each, seconds]) => [each, seconds * 1_000_000]));

export const cpuBetween = (before: CpuMicros, after: CpuMicros): CpuMicros =>
  combine(after, before, (a, b) => a - b);

export const addCpu = (a: CpuMicros, b: CpuMicros): CpuMicros => combine(a, b, (x, y) => x + y);

export const cpuPer = (cpu: CpuMicros, count: number): CpuMicros =>
  byGroup((group) => {
    const used = cpu[group];
    return used === null || count === 0 ? null : used / count;
  });

const combine = (a: CpuMicros, b: CpuMicros, how: (a: number, b: number) => number): CpuMicros =>
  byGroup((group) => {
    const [x, y] = [a[group], b[group]];
    return x === null || y === null ? null : how(x, y);
  });

function byGroup(value: (group: CpuGroup) => number | null): CpuMicros {
  return {
    service: value('service'),
    eventStore: value('eventStore'),
    postgres: value('postgres'),
    redis: value('redis'),
    load: value('load'),
  };
}
