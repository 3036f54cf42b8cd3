import type { SimulatedProcess } from '../world/process.js';
import type { World } from '../world/world.js';
import type { Fault } from './schedule.js';

interface FaultContext {
  readonly world: World;
  readonly processOf: (slot: number) => SimulatedProcess;
  readonly restart: (slot: number) => void;
  readonly later: (ms: number, end: () => void) => void;
  readonly tell: (who: string, what: () => string) => void;
}

/** Does to a sale what a schedule says, and ends it in time. */
export class Faults {
  #dump: ReturnType<World['redis']['dump']>;

  constructor(private readonly context: FaultContext) {
    this.#dump = context.world.redis.dump();
  }

  /** Keeps what Redis holds now, for a later return to it. */
  dumpRedis(): void {
    this.#dump = this.context.world.redis.dump();
  }

  strike(fault: Fault): void {
    const { world, tell, later } = this.context;
    switch (fault.kind) {
      case 'pause':
      case 'kill':
      case 'wall-clock':
        this.#strikeProcess(fault);
        return;
      case 'redis':
        if (fault.what === 'dump') this.dumpRedis();
        if (fault.what === 'restore') world.redis.restore(this.#dump);
        if (fault.what === 'flush') world.redis.flush();
        tell('Redis', () => ({ dump: 'is saved', restore: 'is as it was', flush: 'is empty' })[fault.what]);
        return;
      case 'redis-down':
      case 'log-down': {
        const { health } = fault.kind === 'redis-down' ? world.redis : world.log;
        health.become(fault.as);
        tell(health.name, () => `is ${fault.as}`);
        later(fault.forMs, () => {
          health.become('up');
          tell(health.name, () => 'is up');
        });
        return;
      }
      case 'log-loses-answers':
        world.log.health.lostAnswers = fault.share;
        tell('the log', () => `loses ${Math.round(fault.share * 100)} % of its answers`);
        later(fault.forMs, () => {
          world.log.health.lostAnswers = 0;
          tell('the log', () => 'loses no more answers');
        });
    }
  }

  #strikeProcess(fault: Extract<Fault, { kind: 'pause' | 'kill' | 'wall-clock' }>): void {
    const { processOf, restart, tell, later } = this.context;
    const process = processOf(fault.process);
    if (process.killed) return;
    if (fault.kind === 'wall-clock') {
      process.jumpWallClock(fault.jumpMs);
      tell(process.name, () => `has its wall clock set by ${Math.round(fault.jumpMs)} ms`);
    } else if (fault.kind === 'kill') {
      process.kill();
      tell(process.name, () => 'dies');
      later(fault.forMs, () => restart(fault.process));
    } else {
      process.pause();
      tell(process.name, () => 'stands still');
      later(fault.forMs, () => {
        process.continue();
        tell(process.name, () => 'goes on');
      });
    }
  }
}
