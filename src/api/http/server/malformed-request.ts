import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { catalogue, PROBLEM_MEDIA_TYPE, type Problem, present, problem } from '../../problems/problem.js';
import type { Connections } from './connections.js';

/**
 * Refuses bytes that are no HTTP request, and closes the connection. It closes without an answer where an earlier request of the
 * connection waits for its own, or where this request was answered before its body had arrived: the client would take the
 * refusal for the answer to another request.
 */
export function refuseMalformed(
  error: NodeJS.ErrnoException,
  socket: Socket,
  connections: Connections,
): void {
  if (!socket.writable || connections.isAwaited(socket) || connections.isAnsweredEarly(socket)) {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(error);
  const { status } = catalogue[refusal.name];
  const requestId = randomUUID();
  const body = JSON.stringify(present(refusal, requestId));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

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
