import { expect, it } from 'vitest';
import { World } from '../../simulation/world/world.js';

it('a process that stands still does not run meanwhile, whether it was asked before or in the pause', async () => {
  const world = new World(1);
  const { scheduler } = world;
  const { process } = world.start('p1', 1_000);
  const begun = process.ranMs;
  const ran: number[] = [];
  const look = () => ran.push(Math.round(process.ranMs - begun));
  scheduler.after(100, () => process.pause());
  scheduler.after(150, look);
  scheduler.after(400, () => process.pause());
  scheduler.after(600, () => process.continue());
  scheduler.after(650, look);
  scheduler.after(700, () => process.pause());
  scheduler.after(900, () => process.continue());
  scheduler.after(1_000, look);
  await scheduler.run(() => false);
  expect(ran).toEqual([100, 150, 300]);
});
