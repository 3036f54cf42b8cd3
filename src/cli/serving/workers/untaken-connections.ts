import type { Worker } from 'node:cluster';

type Send = NonNullable<Worker['process']['send']>;

/**
 * The primary hands each new connection to a worker, one at a time, and forgets a connection that the worker did not take
 * before it died: its client would wait for ever. This closes it at the worker's end. A connection that was taken is closed
 * here already, and closing it again does nothing.
 */
export function closeUntakenConnection(worker: Worker): void {
  const child = worker.process;
  const send = child.send.bind(child) as (...given: readonly unknown[]) => boolean;
  let handed: { close(): void } | null = null;
  const watching = (...given: readonly unknown[]): boolean => {
    const [, handle] = given;
    if (isClosable(handle)) handed = handle;
    return send(...given);
  };
  child.send = watching satisfies (...given: never[]) => boolean as Send;
  worker.once('exit', () => handed?.close());
}

const isClosable = (handle: unknown): handle is { close(): void } =>
  typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
