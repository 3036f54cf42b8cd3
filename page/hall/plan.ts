/** Where the lights of the hall are. A light stands for one ticket, or for several where the hall would be too fine to see. */

export interface Light {
  readonly x: number;
  readonly y: number;
}

export interface HallPlan {
  /** The front row, in the order of the VIP seats. */
  readonly vip: readonly Light[];
  /** The other lights, in the order in which they go out. */
  readonly general: readonly Light[];
  /** The distance between two lights, in CSS pixels. */
  readonly gap: number;
  /** Tickets for each light. */
  readonly perLight: number;
}

/** The least area of a light, in square CSS pixels. */
const leastArea = 42;
const widest = 26;
/** The share of the height that belongs to the stage. */
const stageShare = 0.34;
const fan = 0.66;
const pad = 10;
/** Below the last row, for the legend: of two lines on a phone. */
const bottomPad = (width: number) => (width < 560 ? 68 : 44);

export function planHall(capacity: number, vipSeats: number, width: number, height: number): HallPlan {
  const room = Math.max(60, Math.floor((width * height * (1 - stageShare)) / leastArea));
  const perLight = Math.max(1, Math.ceil(capacity / room));
  const vip = Math.ceil(Math.min(vipSeats, capacity) / perLight);
  const general = Math.ceil(Math.max(0, capacity - vipSeats) / perLight);
  let [low, high] = [2, widest];
  let best = rows(vip, general, width, height, low);
  for (let step = 0; step < 14; step++) {
    const gap = (low + high) / 2;
    const tried = rows(vip, general, width, height, gap);
    if (tried.bottom > height - bottomPad(width)) high = gap;
    else [low, best] = [gap, tried];
  }
  return { vip: best.vip, general: ragged(best.general), gap: low, perLight };
}

interface RowLight extends Light {
  readonly row: number;
}

/** Rows around the stage, one behind the other; each begins in the middle. */
function rows(vip: number, general: number, width: number, height: number, gap: number) {
  const radius = width * 0.58;
  const front = height * stageShare + gap;
  const placed: RowLight[] = [];
  let depth = 0;
  let row = 0;
  const place = (count: number) => {
    for (let left = count; left > 0; row++, depth += gap) {
      const around = radius + depth;
      const widestAngle = Math.min(fan, Math.asin(Math.min(1, (width / 2 - pad) / around)));
      const fit = Math.max(1, Math.floor((2 * widestAngle * around) / gap));
      const here = Math.min(fit, left);
      for (let i = 0; i < here; i++) {
        const angle = ((i - (here - 1) / 2) * gap) / around;
        const x = width / 2 + around * Math.sin(angle);
        const y = front + depth - around * (1 - Math.cos(angle));
        placed.push({ x, y, row });
      }
      left -= here;
    }
  };
  place(vip);
  if (vip > 0) depth += gap * 0.9;
  place(general);
  return { vip: placed.slice(0, vip), general: placed.slice(vip), bottom: front + depth };
}

/** From the front to the back, but not neatly: people choose. The same for every visitor. */
function ragged(lights: readonly RowLight[]): Light[] {
  const last = lights.at(-1)?.row ?? 1;
  let seed = 20_301;
  const chance = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 4_294_967_296;
  };
  return lights
    .map((light) => ({ light, at: light.row / Math.max(1, last) + chance() * 0.7 }))
    .sort((a, b) => a.at - b.at)
    .map(({ light }) => light);
}
