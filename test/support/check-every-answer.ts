import { Agent, DecoratorHandler, type Dispatcher, setGlobalDispatcher } from 'undici';
import { afterEach, expect } from 'vitest';
import { routes } from '../../src/api/routes/index.js';
import { type SeenAnswer, whatIsWrong } from './check-answer.js';

/**
 * Every answer of the service that a test gets by `fetch` or undici, in this process or from another one, is checked against the
 * route table. The test fails that got one which the table does not list.
 */
const seen = globalThis as { wrongAnswers?: string[] };

if (seen.wrongAnswers === undefined) {
  seen.wrongAnswers = [];
  setGlobalDispatcher(new Agent().compose(checkEveryAnswer));
}

const wrongAnswers = seen.wrongAnswers;

/** What is wrong with the answers of this test so far, for a test of an application with routes of its own. */
export const takeWrongAnswers = (): string[] => wrongAnswers.splice(0);

afterEach(() => expect(takeWrongAnswers()).toEqual([]));

type Headers = Record<string, string | string[]>;
type Controller = Dispatcher.DispatchController;

/** For a dispatcher of undici: those of a test's own are not the global one. */
export function checkEveryAnswer(dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] {
  return (options, handler) => dispatch(options, checkingHandler(options, new DecoratorHandler(handler)));
}

function checkingHandler(
  { method, path }: Dispatcher.DispatchOptions,
  handler: Dispatcher.DispatchHandler,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let head: Omit<SeenAnswer, 'method' | 'path' | 'body'> | null = null;
  return {
    onRequestStart: (controller: Controller, context: unknown) =>
      handler.onRequestStart?.(controller, context),
    onResponseStart(controller: Controller, status: number, headers: Headers, message?: string) {
      // Answers without a request id are not of the service: of a proxy before it, or of another server.
      const isOurs = status >= 200 && headers['x-request-id'] !== undefined;
      head = isOurs
        ? {
            status,
            mediaType: String(headers['content-type'] ?? ''),
            requestId: String(headers['x-request-id']),
            hasRetryAfter: /^[1-9]\d*$/.test(String(headers['retry-after'])),
          }
        : null;
      handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData(controller: Controller, chunk: Buffer) {
      if (head !== null) chunks.push(chunk);
      handler.onResponseData?.(controller, chunk);
    },
    onResponseEnd(controller: Controller, trailers: Headers) {
      if (head !== null) {
        const body = Buffer.concat(chunks).toString();
        check({ method, path: path.replace(/\?.*$/s, ''), ...head, body });
      }
      handler.onResponseEnd?.(controller, trailers);
    },
    onResponseError: (controller: Controller, error: Error) => handler.onResponseError?.(controller, error),
  };
}

function check(answer: SeenAnswer): void {
  const wrong = whatIsWrong(routes, answer);
  if (wrong === null) return;
  wrongAnswers.push(`${answer.method} ${answer.path} was answered ${answer.status}: ${wrong}`);
}
