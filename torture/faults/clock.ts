import { fakeTimeLibrary } from '../cluster/fake-clock.js';
import type { Fault, Variant } from './fault.js';

const jump = (name: string, seconds: number): Variant => ({
  name,
  spec: { fakeClocks: true },
  cannot: () =>
    fakeTimeLibrary() === undefined ? 'libfaketime is missing: apt-get install libfaketime' : null,
  async strike(nemesis) {
    const { cluster, note, pause } = nemesis;
    const { name: process } = await nemesis.anOwner();
    const clock = cluster.clocks[cluster.services.findIndex(({ name }) => name === process)];
    clock?.move(seconds);
    note(`the clock of ${process} jumps by ${seconds} s`);
    await pause(2_500);
    clock?.move(0);
    note(`the clock of ${process} jumps back`);
    await pause(500);
  },
});

export const jumpingClock: Fault = {
  id: 'F5',
  what: 'the wall clock of one process jumps',
  variants: [
    jump('by five minutes', 300),
    jump('by an hour, backwards', -3_600),
    jump('by five minutes, backwards', -300),
    jump('by an hour', 3_600),
  ],
};
