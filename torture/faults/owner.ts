import type { FaultPoint } from '../cluster/fault-points.js';
import { type Fault, type Nemesis, ownerLeaseMs, type Variant } from './fault.js';

/** How long a process may take to come by a point before it is killed where it is. */
const pointMs = 1_500;
/** How long a process may take to come by the point at which it is stopped. */
const armedMs = 300;

const killedAt = (point: FaultPoint): Variant => ({
  name: `kill -9 ${point.replace('-', ' the ')}`,
  async strike(nemesis) {
    const owner = await nemesis.anOwner();
    owner.arm(point);
    const died = owner.died.then(() => true);
    const struck = await Promise.race([died, nemesis.pause(pointMs).then(() => false)]);
    if (!struck) await owner.kill();
    nemesis.note(`${owner.name} killed ${struck ? point : `where it was: it did not come by ${point}`}`);
    nemesis.died(owner);
    await nemesis.pause(2 * ownerLeaseMs);
  },
});

/** The first process that takes the lease dies of it, and so does the next. */
const killedAfterLease: Variant = {
  name: 'kill -9 after the lease, twice',
  async prepare({ cluster: { services } }) {
    for (const service of services) service.arm('after-lease');
  },
  async strike(nemesis) {
    const { services } = nemesis.cluster;
    for (let deaths = 0; deaths < services.length - 1; deaths++) {
      const alive = services.filter(({ pid }) => pid !== 0);
      if (alive.length === 1) break;
      const died = Promise.race(alive.map((service) => service.died.then(() => service)));
      const dead = await Promise.race([died, nemesis.pause(pointMs).then(() => null)]);
      if (dead === null) break;
      nemesis.note(`${dead.name} killed after-lease`);
      if (deaths === services.length - 2) nemesis.died(dead);
    }
    for (const service of services) service.arm(null);
    await nemesis.pause(2 * ownerLeaseMs);
  },
};

/** Stopped before its append if it comes by there in time, so that what it goes on with was decided long ago. */
async function pauseOwner(nemesis: Nemesis, leases: number, point: FaultPoint): Promise<void> {
  const owner = await nemesis.anOwner();
  owner.arm(point, 'SIGSTOP');
  await nemesis.pause(armedMs);
  owner.pause();
  nemesis.note(`${owner.name} stopped for ${leases} leases`);
  nemesis.died(owner);
  await nemesis.pause(leases * ownerLeaseMs);
  owner.arm(null);
  owner.resume();
  nemesis.note(`${owner.name} goes on`);
}

export const killedOwner: Fault = {
  id: 'F1',
  what: 'kill -9 of the owner',
  variants: [
    killedAt('before-append'),
    killedAt('after-append'),
    killedAfterLease,
    killedAt('before-release'),
  ],
};

export const pausedOwner: Fault = {
  id: 'F2',
  what: 'SIGSTOP of the owner for 1.5 and 3 leases',
  variants: [
    { leases: 1.5, point: 'before-append' as const },
    { leases: 3, point: 'after-append' as const },
    { leases: 3, point: 'before-append' as const },
    { leases: 1.5, point: 'after-append' as const },
  ].map(({ leases, point }) => ({
    name: `SIGSTOP for ${leases} leases ${point.replace('-', ' the ')}`,
    strike: (nemesis) => pauseOwner(nemesis, leases, point),
  })),
};
