import type { SimulatedProcess } from '../world/process.js';
import { simulatedProjections } from '../world/read-model-server.js';
import type { RedisData, RedisServer } from '../world/redis-server.js';
import { noTrouble } from '../world/server-health.js';
import type { World } from '../world/world.js';
import type { Disturbance } from './history.js';
import type { Fault } from './schedule.js';

interface FaultContext {
  readonly world: World;
  readonly processOf: (slot: number) => SimulatedProcess;
  /** Starts a process where one died. */
  readonly restart: (slot: number) => void;
  /** Stops a process in good order, and starts another in its place. */
  readonly replace: (slot: number) => void;
  readonly later: (ms: number, end: () => void) => void;
  readonly tell: (who: string, what: () => string) => void;
}

/** Does to a sale what a schedule says, and ends it in time. */
export class Faults {
  readonly #dumps = new Map<RedisServer, RedisData>();

  /** When something was wrong, in ms; to be continued while it is. */
  readonly disturbances: Disturbance[] = [];
  clocksAgree = true;

  constructor(private readonly context: FaultContext) {
    this.dumpRedis();
  }

  /** Keeps what each Redis holds now, for a later return to it. */
  dumpRedis(): void {
    for (const server of this.context.world.redis) this.#dumps.set(server, server.dump());
  }

  strike(fault: Fault): void {
    const { world, replace, processOf } = this.context;
    const from = world.scheduler.now;
    if (fault.kind !== 'wall-clock')
      this.disturbances.push({
        ...{ from, to: from + ('forMs' in fault ? fault.forMs : 0) },
        isOfMessages: fault.kind === 'messages',
      });
    if (fault.kind === 'wall-clock') this.clocksAgree = false;
    switch (fault.kind) {
      case 'restart':
        replace(fault.process);
        return;
      case 'pause':
      case 'kill':
      case 'wall-clock':
        this.#strikeProcess(fault);
        return;
      case 'redis':
      case 'redis-down':
      case 'redis-clock':
        this.#strikeRedis(fault);
        return;
      case 'messages': {
        const { health } = world.redis[0];
        const { lost, doubled, late } = fault.trouble;
        health.messages = fault.trouble;
        const shares = [lost, doubled, late].map((share) => `${Math.round(share * 100)} %`);
        this.#tell('the messages', `are lost (${shares[0]}), doubled (${shares[1]}) or late (${shares[2]})`);
        this.#end(fault.forMs, 'the messages', 'arrive as they should', () => {
          health.messages = noTrouble;
        });
        return;
      }
      case 'path': {
        const { name } = processOf(fault.process);
        const { readModels, log, redis } = world;
        const { health } = { redis: redis[0], log, postgres: readModels }[fault.to];
        this.#bringDown({ health: world.pathOf(name, health) }, fault);
        return;
      }
      case 'log-down':
        this.#bringDown(world.log, fault);
        return;
      case 'postgres-down':
      case 'postgres-loses-answers':
      case 'postgres-crash':
      case 'reset':
        this.#strikePostgres(fault);
        return;
      case 'log-loses-answers':
        world.log.health.lostAnswers = fault.share;
        this.#tell('the log', `loses ${Math.round(fault.share * 100)} % of its answers`);
        this.#end(fault.forMs, 'the log', 'loses no more answers', () => {
          world.log.health.lostAnswers = 0;
        });
    }
  }

  #strikeProcess(fault: Extract<Fault, { kind: 'pause' | 'kill' | 'wall-clock' }>): void {
    const { processOf, restart, later } = this.context;
    const process = processOf(fault.process);
    if (process.killed) return;
    if (fault.kind === 'wall-clock') {
      process.jumpWallClock(fault.jumpMs);
      this.#tell(process.name, `has its wall clock set by ${Math.round(fault.jumpMs)} ms`);
    } else if (fault.kind === 'kill') {
      process.kill();
      this.#tell(process.name, 'dies');
      later(fault.forMs, () => restart(fault.process));
    } else {
      process.pause();
      this.#tell(process.name, 'stands still');
      this.#end(fault.forMs, process.name, 'goes on', () => process.continue());
    }
  }

  #strikeRedis(fault: Extract<Fault, { kind: 'redis' | 'redis-down' | 'redis-clock' }>): void {
    const { redis } = this.context.world;
    const server = redis[fault.server % redis.length] ?? redis[0];
    const { name } = server.health;
    if (fault.kind === 'redis-down') {
      this.#bringDown(server, fault);
    } else if (fault.kind === 'redis-clock') {
      server.jumpClock(fault.jumpMs);
      this.#tell(name, `has its clock set by ${Math.round(fault.jumpMs)} ms`);
    } else {
      const dump = this.#dumps.get(server);
      if (fault.what === 'dump') this.#dumps.set(server, server.dump());
      if (fault.what === 'restore' && dump !== undefined) server.restore(dump);
      if (fault.what === 'flush') server.flush();
      this.#tell(name, { dump: 'is saved', restore: 'is as it was', flush: 'is empty' }[fault.what]);
    }
  }

  #strikePostgres(
    fault: Extract<Fault, { kind: 'postgres-down' | 'postgres-loses-answers' | 'postgres-crash' | 'reset' }>,
  ): void {
    const { readModels } = this.context.world;
    if (fault.kind === 'postgres-down') this.#bringDown(readModels, fault);
    else if (fault.kind === 'postgres-loses-answers') {
      readModels.health.lostAnswers = fault.share;
      this.#tell('Postgres', `loses ${Math.round(fault.share * 100)} % of its answers`);
      this.#end(fault.forMs, 'Postgres', 'loses no more answers', () => {
        readModels.health.lostAnswers = 0;
      });
    } else if (fault.kind === 'postgres-crash') {
      const before = readModels.dump();
      this.#end(fault.forMs, 'Postgres', `crashes, and has lost the last ${Math.round(fault.forMs)} ms`, () =>
        readModels.restore(before),
      );
    } else {
      const name = simulatedProjections[fault.projection % simulatedProjections.length] ?? 'stock';
      readModels.reset(name);
      this.#tell('an operator', `resets ${name}`);
    }
  }

  #bringDown(
    { health }: Pick<RedisServer, 'health'>,
    { as, forMs }: { readonly as: 'silent' | 'away'; readonly forMs: number },
  ): void {
    health.become(as);
    this.#tell(health.name, `is ${as}`);
    this.#end(forMs, health.name, 'is up', () => health.become('up'));
  }

  #end(ms: number, who: string, what: string, end: () => void): void {
    this.context.later(ms, () => {
      end();
      this.#tell(who, what);
    });
  }

  #tell(who: string, what: string): void {
    this.context.tell(who, () => what);
  }
}
