import { Command, Redis, type RedisOptions } from 'ioredis';

export interface GuardOptions {
  readonly url: string;
  /** How long a command may go unanswered, in ms, before the connection is given up. */
  readonly commandTimeoutMs: number;
  /** Asks the server whether it can do what it is wanted for: the command and its arguments. */
  readonly probe: readonly [command: string, ...args: string[]];
  /** Told once per outage, in words, when the server can no longer be used or could not be from the start. */
  readonly onAway: (error: Error) => void;
  /** Told when a server that was away is used again. */
  readonly onBack: () => void;
}

/** Commands that may be without an answer at a time. What comes on top fails at once. */
const mostUnanswered = 10_000;
/** How often the server is asked whether it can be used, in ms, so that a silent one is found out without any traffic. */
const probeEveryMs = 1_000;
/** How long a server that was given up is left alone, in ms. */
const holdOffMs = 750;
const longestReconnectPauseMs = 500;

const baseOptions: RedisOptions = {
  connectTimeout: 2_000,
  keepAlive: 10_000,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // Subscriptions are made anew by those who hold them: the library does not catch its own failures at it.
  autoResubscribe: false,
  // The probe asks for more than the library's ready check. With client info on top, the library takes a connection that is lost
  // meanwhile for ready, and never connects again.
  enableReadyCheck: false,
  disableClientInfo: true,
};

/** The server is away, and the command was not sent or its answer not waited for. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * A connection with a circuit breaker. It is used only while the server answers its probe. A command that is not answered in
 * time, or an answer that means that the server can do nothing now (READONLY, LOADING, OOM, …), gives the connection up: all
 * commands without an answer fail, the next ones fail at once without being sent, and new connections are tried in the
 * background until one answers the probe. So a silent server costs each caller one time-out at most, and no queue grows.
 *
 * Emits `usable` when commands are sent again, and `unanswered` with each command that was sent and got no answer: the server
 * may carry it out all the same. Not for blocking commands.
 */
export class GuardedRedis extends Redis {
  readonly #guard: GuardOptions;
  /** Without an answer, the oldest first, and when each was sent. */
  readonly #unanswered = new Map<Command, number>();
  readonly #probing: NodeJS.Timeout;
  readonly #tried: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #usable = false;
  #problem: string | null = null;
  #givenUp = false;
  #closed = false;
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

  /** Whether commands are sent: the server has answered the last probe, and nothing has gone wrong since. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Resolves when the server has been found usable or away for the first time; never rejects. */
  get tried(): Promise<void> {
    return this.#tried;
  }

  /** For good, unless the library itself means to connect again. */
  override disconnect(reconnect = false): void {
    if (!reconnect) {
      this.#closed = true;
      clearInterval(this.#probing);
    }
    super.disconnect(reconnect);
  }

  /** The library's own gate for every command. */
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    if (this.#usable || (this.status === 'connect' && handshake.has(command.name))) {
      if (this.#unanswered.size < mostUnanswered) return this.#send(command, stream);
      return rejected(command, `${mostUnanswered} commands wait for Redis already`);
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
    return super.sendCommand(command, stream);
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

  /** Is the oldest command overdue? What arrived while this process was busy is read first. */
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

  /** What fails because of it, or is answered after it, gives no further reason. */
  #giveUp(problem: string): void {
    if (this.stream?.destroyed) return;
    this.#givenUp = true;
    this.#away(problem);
    const error = new RedisAway(`Redis is away: ${problem}`);
    for (const command of this.#unanswered.keys()) command.reject(error);
    // Ending it politely would wait for a peer that is silent.
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

/** Error replies that say something of the server rather than of the command; within a script, after its own words. */
const meansUnusable =
  /(?:^|-)(?:LOADING|READONLY|OOM|NOAUTH|MISCONF|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|BUSY) /;

function rejected(command: Command, problem: string): unknown {
  command.reject(new RedisAway(problem));
  return command.promise;
}
