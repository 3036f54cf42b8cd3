import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { catalogue, PROBLEM_MEDIA_TYPE, type Problem, present, problem } from './problem.js';

/**
 * Answers bytes that are no HTTP request, and closes the connection. Where an earlier request of the same connection
 * waits for its answer, nothing is said: the client would take the refusal for that answer.
 */
export function refuseGarbage(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  unanswered: ReadonlySet<ServerResponse>,
): void {
  if (!socket.writable || isAwaited(socket, unanswered)) {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(error);
  const { status } = catalogue[refusal.name];
  const body = JSON.stringify(present(refusal, randomUUID()));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** A request whose own body is the garbage is not awaited: it has not been acted on, and will not be. */
const isAwaited = (socket: Duplex, unanswered: ReadonlySet<ServerResponse>): boolean =>
  [...unanswered].some(({ req }) => req.socket === socket && req.complete);

function refusalOf({ code }: NodeJS.ErrnoException): Problem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem('request-timeout', 'The request did not arrive whole in time.');
    case 'HPE_HEADER_OVERFLOW':
      return problem('headers-too-large', 'Send fewer or shorter headers.');
    default:
      return problem('invalid-request', 'This is not HTTP/1.1.', {
        errors: [{ field: 'request', problem: 'is not HTTP/1.1' }],
      });
  }
}
