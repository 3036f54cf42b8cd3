import type { HallPlan, Light } from './plan.js';

export type LightState = 'lit' | 'held' | 'dark' | 'mine';

/** How long a light takes to go out, in ms. */
const fadeMs = 900;
const frames = 24;

const colours = { lit: '255,222,160', vip: '255,173,51', dark: '58,55,70', flash: '255,200,110' } as const;

interface Shown extends Light {
  readonly isVip: boolean;
  state: LightState;
  changedAt: number;
}

/** Draws the lights of a hall, and only those that change. */
export class HallPainter {
  readonly #context: CanvasRenderingContext2D;
  readonly #lights: Shown[];
  readonly #moving = new Set<Shown>();
  readonly #size: number;
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  #frame = 0;

  constructor(
    canvas: HTMLCanvasElement,
    plan: HallPlan,
    private readonly scale: number,
    private readonly isCalm: boolean,
  ) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser draws no canvas');
    this.#context = context;
    this.#size = Math.max(2, Math.round(plan.gap * scale));
    const show =
      (isVip: boolean) =>
      (light: Light): Shown => {
        return { ...light, isVip, state: 'lit', changedAt: Number.NEGATIVE_INFINITY };
      };
    this.#lights = [...plan.vip.map(show(true)), ...plan.general.map(show(false))];
    for (const light of this.#lights) this.#draw(light, 0);
  }

  /** @param states first those of the VIP row, then the others in the order of the plan */
  show(states: readonly LightState[], now: number, isFirst: boolean): void {
    this.#lights.forEach((light, i) => {
      const state = states[i] ?? 'lit';
      if (state === light.state) return;
      light.state = state;
      light.changedAt = isFirst || this.isCalm ? Number.NEGATIVE_INFINITY : now;
      this.#moving.add(light);
    });
    if (this.#moving.size > 0 && this.#frame === 0)
      this.#frame = requestAnimationFrame((at) => this.#move(at));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  #move(now: number): void {
    for (const light of this.#moving) {
      const done = Math.min(1, Math.max(0, (now - light.changedAt) / fadeMs));
      this.#draw(light, Math.round(done * frames));
      if (done === 1) this.#moving.delete(light);
    }
    this.#frame = this.#moving.size > 0 ? requestAnimationFrame((at) => this.#move(at)) : 0;
  }

  #draw(light: Shown, frame: number): void {
    const size = this.#size;
    const x = Math.round(light.x * this.scale - size / 2);
    const y = Math.round(light.y * this.scale - size / 2);
    const settled = light.state === 'lit' ? frames : frame;
    this.#context.clearRect(x, y, size, size);
    this.#context.drawImage(this.#sprite(light.state, light.isVip, settled), x, y);
  }

  #sprite(state: LightState, isVip: boolean, frame: number): HTMLCanvasElement {
    const key = `${state}${isVip}${frame}`;
    const known = this.#sprites.get(key);
    if (known !== undefined) return known;
    const sprite = document.createElement('canvas');
    sprite.width = this.#size;
    sprite.height = this.#size;
    const context = sprite.getContext('2d');
    if (context !== null) paint(context, this.#size, state, isVip, frame / frames);
    this.#sprites.set(key, sprite);
    return sprite;
  }
}

/** @param done how much of the change is over: a light that goes out flares up first */
function paint(
  context: CanvasRenderingContext2D,
  size: number,
  state: LightState,
  isVip: boolean,
  done: number,
) {
  const middle = size / 2;
  const radius = size * (isVip ? 0.36 : 0.3);
  const glow = (colour: string, alpha: number, at: number) => {
    const fade = context.createRadialGradient(middle, middle, 0, middle, middle, at);
    fade.addColorStop(0, `rgba(${colour},${alpha})`);
    fade.addColorStop(0.5, `rgba(${colour},${alpha * 0.45})`);
    fade.addColorStop(1, `rgba(${colour},0)`);
    context.fillStyle = fade;
    context.fillRect(0, 0, size, size);
  };
  const disc = (colour: string, alpha: number, at: number) => {
    context.fillStyle = `rgba(${colour},${alpha})`;
    context.beginPath();
    context.arc(middle, middle, at, 0, 2 * Math.PI);
    context.fill();
  };
  const ring = (colour: string, alpha: number, at: number, width: number) => {
    context.strokeStyle = `rgba(${colour},${alpha})`;
    context.lineWidth = width;
    context.beginPath();
    context.arc(middle, middle, at, 0, 2 * Math.PI);
    context.stroke();
  };
  const own = isVip ? colours.vip : colours.lit;
  if (state === 'lit') {
    glow(own, 0.55, middle);
    disc(own, 1, radius);
  } else if (state === 'held') {
    ring(own, 0.85, radius * 0.9, Math.max(1, size * 0.1));
  } else if (state === 'mine') {
    disc('255,255,255', 1, radius);
    ring(colours.vip, 1, middle * 0.82, Math.max(1, size * 0.13));
  } else {
    disc(colours.dark, 1, radius * 0.82);
    if (isVip) ring(colours.vip, 0.5, radius * 0.9, Math.max(1, size * 0.07));
    const flare = Math.max(0, 1 - done * 1.6) ** 2;
    disc(colours.flash, flare, radius + (middle - radius) * flare);
  }
}
