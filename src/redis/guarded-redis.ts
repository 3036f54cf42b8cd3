import { Command, Redis, type RedisOptions } from 'ioredis';

export interface GuardOptions {
  readonly url: string;
  /** The time-out of a command, in ms; the connection is then given up. */
  readonly commandTimeoutMs: number;
  /** The command, with its arguments, that checks whether the server can do what this connection needs. */
  readonly probe: readonly [command: string, ...args: string[]];
  /** Called once per outage, when the server becomes unusable or is unusable from the start. */
  readonly onAway: (error: Error) => void;
  /** Called when a server that was away is usable again. */
  readonly onBack: () => void;
}

/** The most commands without an answer at a time. Further commands fail without being sent. */
const mostUnanswered = 10_000;
/** How often the server is probed, in ms, so that a silent one is noticed without traffic. */
const probeEveryMs = 1_000;
/** Pause before a server that was given up is connected to again, in ms. */
const holdOffMs = 750;
const longestReconnectPauseMs = 500;

const baseOptions: RedisOptions = {
  connectTimeout: 2_000,
  keepAlive: 10_000,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // The subscribers renew their subscriptions: the library does not catch its own failures when it does.
  autoResubscribe: false,
  // The probe checks more than the library's ready check. With client info enabled, the library treats a connection that is lost
  // during the check as ready, and never reconnects.
  enableReadyCheck: false,
  disableClientInfo: true,
};

/** The server is away; the command was not sent, or its answer was not awaited. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * A connection with a circuit breaker. Commands are sent only while the server answers the probe. A command that times out, or
 * an error reply that means an unusable server (READONLY, LOADING, OOM, …), opens the breaker: all pending commands fail, new
 * ones fail without being sent, and the client reconnects in the background until a connection answers the probe. So a
 * silent server costs each caller one time-out at most, and no queue grows.
 *
 * Emits `usable` when commands are sent again, and `unanswered` with each command that was sent and got no answer: the server
 * may still run it. Not for blocking commands.
 */
export class GuardedRedis extends Redis {
  readonly #guard: GuardOptions;
  /** Pending commands, the oldest first, with the time each was sent. */
  readonly #unanswered = new Map<Command, number>();
  readonly #probing: NodeJS.Timeout;
  readonly #tried: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #usable = false;
  #problem: string | null = null;
  #givenUp = false;
  #closed = false;
  #gathered: Command[] = [];
  #firstTried = (): void => {};

  constructor(guard: GuardOptions) {
    super(guard.url, { ...baseOptions, disconnectTimeout: guard.commandTimeoutMs });
    this.#guard = guard;
    this.options.retryStrategy = (attempt) => this.#pauseBefore(attempt);
    this.#tried = new Promise((resolve) => {
      this.#firstTried = resolve;
    });
    this.#probing = setInterval(() => this.#probe(), probeEveryMs).unref();
    this.on('ready', () => this.#probe());
    this.on('error', (error: Error) => this.#away(error.message));
    this.on('close', () => this.#away(this.#problem ?? 'the connection was closed'));
  }

  /** Whether commands are sent: the server answered the last probe, and no command has failed it since. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Resolves when the server has been found usable or away for the first time; never rejects. */
  get tried(): Promise<void> {
    return this.#tried;
  }

  /** Closes the connection permanently, unless the library calls it to reconnect. */
  override disconnect(reconnect = false): void {
    if (!reconnect) {
      this.#closed = true;
      clearInterval(this.#probing);
    }
    super.disconnect(reconnect);
  }

  /** The library calls this for every command. */
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    if (this.#usable || (this.status === 'connect' && handshake.has(command.name))) {
      if (this.#unanswered.size < mostUnanswered) return this.#send(command, stream);
      return rejected(command, `${mostUnanswered} commands already wait for Redis`);
    }
    return rejected(command, `Redis is away: ${this.#problem ?? 'not connected yet'}`);
  }

  #send(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    this.#unanswered.set(command, performance.now());
    command.promise.then(
      () => this.#unanswered.delete(command),
      (error: Error) => {
        this.#unanswered.delete(command);
        if (error.name !== 'ReplyError') this.emit('unanswered', command);
        else if (handshake.has(command.name) || meansUnusable.test(error.message))
          this.#giveUp(error.message);
      },
    );
    this.#timer ??= setTimeout(() => this.#look(), this.#guard.commandTimeoutMs);
    this.#gather(command);
    return super.sendCommand(command, stream);
  }

  /**
   * Commands that are sent without waiting for anything in between go out in one write. They are sent only then, so their time
   * to be answered begins there: the process may be busy until then.
   */
  #gather(command: Command): void {
    const { stream } = this;
    if (stream === undefined) return;
    this.#gathered.push(command);
    if (this.#gathered.length > 1) return;
    stream.cork();
    process.nextTick(() => {
      stream.uncork();
      const sentAt = performance.now();
      for (const sent of this.#gathered) if (this.#unanswered.has(sent)) this.#unanswered.set(sent, sentAt);
      this.#gathered = [];
    });
  }

  #probe(): void {
    if (this.status !== 'ready') return;
    const [name, ...args] = this.#guard.probe;
    const command = new Command(name, args, { replyEncoding: 'utf8' });
    this.#send(command);
    command.promise.then(
      () => this.#back(),
      (error: Error) => this.#giveUp(error.message),
    );
  }

  /**
   * Gives the connection up if the oldest command is overdue. Replies that arrived while this process was busy are read
   * first.
   */
  #look(): void {
    this.#timer = undefined;
    const [oldest] = this.#unanswered;
    if (oldest === undefined) return;
    const [command, sentAt] = oldest;
    const left = sentAt + this.#guard.commandTimeoutMs - performance.now();
    if (left > 0) {
      this.#timer = setTimeout(() => this.#look(), left);
      return;
    }
    this.#timer = setTimeout(() => this.#look(), 1);
    setImmediate(() => {
      if (this.#unanswered.has(command)) this.#giveUp(`no answer within ${this.#guard.commandTimeoutMs} ms`);
    });
  }

  /** Opens the breaker. Later failures of the same connection are ignored. */
  #giveUp(problem: string): void {
    if (this.stream?.destroyed) return;
    this.#givenUp = true;
    this.#away(problem);
    const error = new RedisAway(`Redis is away: ${problem}`);
    for (const command of this.#unanswered.keys()) command.reject(error);
    // A graceful close would wait for the silent peer.
    this.stream?.destroy();
  }

  #away(problem: string): void {
    const isNews = this.#usable || this.#problem === null;
    this.#usable = false;
    this.#problem = problem;
    this.#firstTried();
    if (isNews && !this.#closed) this.#guard.onAway(new RedisAway(problem));
  }

  #back(): void {
    if (this.#usable || this.stream?.destroyed) return;
    const wasAway = this.#problem !== null;
    this.#usable = true;
    this.#problem = null;
    this.#givenUp = false;
    this.#firstTried();
    this.emit('usable');
    if (wasAway) this.#guard.onBack();
  }

  #pauseBefore(attempt: number): number {
    return this.#givenUp ? holdOffMs : Math.min(attempt * 50, longestReconnectPauseMs);
  }
}

const handshake: ReadonlySet<string> = new Set(['auth', 'select']);

/** Error replies that concern the server rather than the command; within a script they follow the script's own prefix. */
const meansUnusable =
  /(?:^|-)(?:LOADING|READONLY|OOM|NOAUTH|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|BUSY) /;

function rejected(command: Command, problem: string): unknown {
  command.reject(new RedisAway(problem));
  return command.promise;
}
