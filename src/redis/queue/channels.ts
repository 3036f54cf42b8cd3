import type { RedisServers } from '../connect.js';
import type { Answer } from './messages.js';

/** The channels, one for each process, on which the owner of a concert is called: the prefix of their names. */
export const callChannels = (prefix: string): string => `${prefix}calls:`;

/** The channel on which a process receives the replies to its purchases. */
const replyChannel = (prefix: string, processId: string): string => `${prefix}replies:${processId}`;

/** Calls the listener with each concert that has something for the process to do, also after a reconnection. */
export function onCall(
  servers: RedisServers,
  processId: string,
  listener: (concertId: string) => void,
): void {
  listen(servers, `${callChannels(servers.prefix)}${processId}`, listener);
}

/** Calls the listener with each reply to the process, also after a reconnection. Replies may be lost. */
export function onReply(
  servers: RedisServers,
  processId: string,
  listener: (token: string, outcome: string) => void,
): void {
  listen(servers, replyChannel(servers.prefix, processId), (message) => {
    for (const [token, outcome] of readReplies(message)) listener(token, outcome);
  });
}

/** Channel and message for each process that waits for some of the answers. */
export function replyMessages(prefix: string, answers: readonly Answer[]): string[] {
  const messages = new Map<string, [string, string][]>();
  for (const { replyTo, token, outcome } of answers) {
    const toProcess = messages.get(replyTo) ?? [];
    toProcess.push([token, outcome]);
    messages.set(replyTo, toProcess);
  }
  return [...messages].flatMap(([process, all]) => [replyChannel(prefix, process), JSON.stringify(all)]);
}

type Reply = readonly [token: string, outcome: string];

/** The well-formed replies of a message; whoever can publish to Redis can write anything. */
function readReplies(message: string): readonly Reply[] {
  try {
    const replies: unknown = JSON.parse(message);
    return Array.isArray(replies) ? replies.filter(isReply) : [];
  } catch {
    return [];
  }
}

const isReply = (reply: unknown): reply is Reply =>
  Array.isArray(reply) && typeof reply[0] === 'string' && typeof reply[1] === 'string';

/** Subscribes on every new connection. Until that succeeds messages are lost, so waiters also query Redis. */
function listen({ subscriber }: RedisServers, channel: string, listener: (message: string) => void): void {
  subscriber.on('message', (from: string, message: string) => {
    if (from === channel) listener(message);
  });
  const subscribe = () => void subscriber.subscribe(channel).catch(() => {});
  subscriber.on('usable', subscribe);
  if (subscriber.usable) subscribe();
}
