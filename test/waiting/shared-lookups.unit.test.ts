import { expect, it } from 'vitest';
import { SharedLookups } from '../../src/waiting/shared-lookups.js';

/** Look-ups and rests that end when the test says so. */
function held() {
  const ends: ((value: string) => void)[] = [];
  const rests: (() => void)[] = [];
  const lookUps = new SharedLookups(
    () => new Promise<string>((resolve) => ends.push(resolve)),
    () => new Promise<void>((resolve) => rests.push(resolve)),
  );
  return { lookUps, ends, rests };
}

const turn = () => new Promise(setImmediate);

it('shares a look-up that begins after a rest among those who came during the last one and the rest', async () => {
  const { lookUps, ends, rests } = held();
  const first = lookUps.get('a');
  const second = lookUps.get('a');
  ends[0]?.('first');
  expect(await first).toBe('first');
  await turn();
  expect([ends.length, rests.length]).toEqual([1, 1]);
  const third = lookUps.get('a');
  rests[0]?.();
  await turn();
  expect(ends.length).toBe(2);
  const fourth = lookUps.get('a');
  ends[1]?.('second');
  expect(await Promise.all([second, third])).toEqual(['second', 'second']);
  await turn();
  rests[1]?.();
  await turn();
  ends[2]?.('third');
  expect(await fourth).toBe('third');
});

it('keeps nobody waiting who comes when no look-up runs, and rests after a failure too', async () => {
  const { lookUps, ends, rests } = held();
  void lookUps.get('a');
  ends[0]?.('first');
  await turn();
  void lookUps.get('a');
  expect([ends.length, rests.length]).toEqual([2, 0]);

  let tries = 0;
  const failing = new SharedLookups<string>(
    () => (tries++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve('back')),
    () => Promise.resolve(),
  );
  const [lost, found] = await Promise.allSettled([failing.get('a'), failing.get('a')]);
  expect(lost.status).toBe('rejected');
  expect(found).toEqual({ status: 'fulfilled', value: 'back' });
});
