import { type Logger, pino } from 'pino';

/** JSON lines on stderr, so that stdout is for what a command answers. */
export const createLogger = (level: string): Logger =>
  pino({ level }, pino.destination({ dest: 2, sync: false }));
