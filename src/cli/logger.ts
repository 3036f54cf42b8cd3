import { type Logger, pino } from 'pino';

/** JSON lines on stderr, so that stdout is for what a command answers. Nothing secret is in them. */
export const createLogger = (level: string): Logger =>
  pino({ level, serializers: { err: errorForLog } }, pino.destination({ dest: 2, sync: false }));

/** How deep the causes of an error are followed. */
const mostCauses = 5;

/**
 * An error as it may be logged: what is known to be harmless. Drivers hang all kinds of things on their errors; that of Redis
 * carries the command that failed, and the command of a wrong password is AUTH, with the password.
 */
export function errorForLog(error: unknown, causes = mostCauses): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? withoutCredentials(error) : error;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: withoutCredentials(error.message),
    stack: withoutCredentials(error.stack ?? ''),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(cause !== undefined && causes > 0 && { cause: errorForLog(cause, causes - 1) }),
    ...(error instanceof AggregateError && {
      errors: error.errors.slice(0, mostCauses).map((each: unknown) => errorForLog(each, causes - 1)),
    }),
  };
}

/** The text with the user and the password of every URL in it left out. */
export const withoutCredentials = (text: string): string => text.replace(/(\w:\/\/)[^\s/@]*@/g, '$1***@');
