import { type Logger, pino } from 'pino';

/** JSON lines on stderr, so that stdout has only a command's output. They contain no secrets. */
export const createLogger = (level: string): Logger =>
  pino({ level, serializers: { err: errorForLog } }, pino.destination({ dest: 2, sync: false }));

/** How many causes of an error are logged. */
const mostCauses = 5;

/**
 * An error's harmless fields, for the log. Drivers attach data to their errors: that of Redis adds the command that failed, and
 * after a wrong password that is AUTH, with the password.
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

/** The text without the user and password of every URL in it. */
export const withoutCredentials = (text: string): string => text.replace(/(\w:\/\/)[^\s/@]*@/g, '$1***@');
