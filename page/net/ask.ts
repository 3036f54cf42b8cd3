import { credential } from './credential.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  readonly requestId: string;
  readonly [more: string]: unknown;
}

export type Reply<Body> =
  | { readonly kind: 'ok'; readonly status: number; readonly body: Body; readonly headers: Headers }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly retryAfterMs: number | null }
  /** Nobody knows whether the request was carried out. */
  | { readonly kind: 'none' };

export interface Asked {
  /** Makes it a POST. */
  readonly body?: unknown;
  readonly method?: 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** How long an answer is waited for, in ms. */
const patienceMs = 12_000;

/** Asks the service. Never rejects. */
export async function ask<Body>(
  path: string,
  { body, method, headers, signal }: Asked = {},
): Promise<Reply<Body>> {
  const who = credential();
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const answer = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(who === null ? {} : { Authorization: `Bearer ${who}` }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    const read: unknown = await answer.json();
    if (answer.ok) return { kind: 'ok', status: answer.status, body: read as Body, headers: answer.headers };
    const seconds = Number(answer.headers.get('Retry-After') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
    return { kind: 'problem', problem: read as Problem, retryAfterMs };
  } catch {
    // No connection, no answer in time, or one that is not of the service: they are the same to a buyer.
    return { kind: 'none' };
  }
}

/** What is said of a reply that is no answer; nothing of one that is. */
export const complaint = (
  reply: Reply<unknown>,
  words: { refusal(problem: Problem): string; readonly say: { readonly cannotLoad: string } },
): string =>
  reply.kind === 'problem' ? words.refusal(reply.problem) : reply.kind === 'none' ? words.say.cannotLoad : '';

/** The last part of a problem's type. */
export const nameOf = ({ type }: Problem): string => type.replace(/^.*\//, '');
