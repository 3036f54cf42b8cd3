import { expect, test } from 'vitest';
import { Limiter, LimiterFull } from '../../src/waiting/turns.js';

const patient = new AbortController().signal;

/** Work that ends when it is told to. */
function work() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    started,
    run: (name: string) => () => {
      started.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    },
    end: (name: string) => ends.get(name)?.(),
  };
}

test('as many as may run at once; the others wait in order, and too many are turned away', async () => {
  const turns = new Limiter({ atOnce: 2, waiting: 2, waitMs: 60_000 });
  const { started, run, end } = work();
  const taken = ['a', 'b', 'c', 'd'].map((name) => turns.take(run(name), patient));
  await expect(turns.take(run('e'), patient)).rejects.toThrow(LimiterFull);
  expect(started).toEqual(['a', 'b']);
  end('b');
  expect(await taken[1]).toBe('b');
  end('a');
  await taken[0];
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  end('c');
  end('d');
  expect(await Promise.all(taken)).toEqual(['a', 'b', 'c', 'd']);
  const last = turns.take(run('f'), patient);
  end('f');
  expect(await last).toBe('f');
});

test('who leaves while waiting, or waits too long, makes room; failed work passes its turn on', async () => {
  const turns = new Limiter({ atOnce: 1, waiting: 1, waitMs: 60_000 });
  const impatient = new Limiter({ atOnce: 1, waiting: 1, waitMs: 1 });
  const { started, run, end } = work();
  const failing = turns.take(() => run('a')().then(() => Promise.reject(new Error('failed'))), patient);
  const leaving = new AbortController();
  const left = turns.take(run('b'), leaving.signal);
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const next = turns.take(run('c'), patient);
  end('a');
  await expect(failing).rejects.toThrow('failed');
  end('c');
  expect(await next).toBe('c');
  expect(started).toEqual(['a', 'c']);
  const holding = impatient.take(run('d'), patient);
  await expect(impatient.take(run('e'), patient)).rejects.toThrow(LimiterFull);
  end('d');
  await holding;
});
