import type { Route } from '../src/api/routing/route.js';
import { type SeenAnswer, whatIsWrong } from '../test/support/check-answer.js';

/** What is wrong with an answer to any request whatever; null for one of those that the route table lists, no 5xx among them. */
export function complaintOf(routes: readonly Route[], seen: SeenAnswer): string | null {
  if (seen.status >= 500 && !isOutage(seen)) return `status ${seen.status}: ${seen.body.slice(0, 200)}`;
  if (seen.requestId === '' && seen.status === 400) return null; // Refused as no HTTP, before there is a request.
  if (seen.mediaType.startsWith('text/event-stream')) return null;
  return whatIsWrong(routes, seen);
}

/** A 503 that tells the client to ask again is an answer of a busy service. */
const isOutage = ({ status, body }: SeenAnswer): boolean =>
  status === 503 && /"type":"\/problems\/(busy|unavailable|not-yet-visible)"/.test(body);
