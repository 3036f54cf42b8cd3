import type { Cluster } from '../cluster/cluster.js';
import type { Relay } from '../cluster/relay.js';
import type { OwnStore } from '../cluster/servers.js';
import type { Fault, Nemesis, Variant } from './fault.js';

const cannotKill = ({ servers }: Cluster) =>
  servers.store === null ? 'EVENTSTORE_URL names a store that is not ours to kill' : null;
const cannotRelay = ({ services }: Cluster) =>
  services[0]?.options.paths.store === null ? 'no relay stands before a store of several nodes' : null;

function ownStore({ servers: { store } }: Cluster): OwnStore {
  if (store === null) throw new Error('there is no store of our own');
  return store;
}

const relays = ({ cluster }: Nemesis): readonly Relay[] =>
  cluster.services.flatMap(({ options }) => options.paths.to('store'));

const heal = (nemesis: Nemesis): void => {
  for (const relay of relays(nemesis)) relay.heal();
};

/** The time that the store is away, in ms: longer than appends are retried in the full run. */
const goneMs = (isShort: boolean) => (isShort ? 4_000 : 10_000);

const killed: Variant = {
  name: 'kill -9 during appends',
  cannot: cannotKill,
  async strike({ cluster, random, note, pause }) {
    const { server } = ownStore(cluster);
    for (let times = 0; times < 2; times++) {
      await server.kill();
      note('the store killed');
      await pause(100 + 400 * random());
      await server.ensureRunning();
      note('the store runs again');
      await pause(1_000);
    }
  },
};

/** The same appends lose their answers, time and again, for every process. */
const answersDropped: Variant = {
  name: 'answers dropped after the commit',
  cannot: cannotRelay,
  async strike(nemesis) {
    const { random, note, pause } = nemesis;
    for (let times = 0; times < 4; times++) {
      for (const relay of relays(nemesis)) relay.dropAnswers();
      note('answers of the store dropped');
      await pause(100 + 300 * random());
      heal(nemesis);
      note('connections to the store cut, new ones answer');
      await pause(200 + 300 * random());
    }
  },
};

const answersDelayed: Variant = {
  name: 'answers delayed beyond the time-out of an append',
  cannot: cannotRelay,
  async strike(nemesis) {
    const { note, pause } = nemesis;
    for (const relay of relays(nemesis)) relay.slow('to client', 2_500);
    note('answers of the store take 2.5 s');
    await pause(3_000);
    heal(nemesis);
    note('the store answers at once');
    await pause(500);
  },
};

const connectionsCut: Variant = {
  name: 'connections cut',
  cannot: cannotRelay,
  async strike(nemesis) {
    const { random, note, pause } = nemesis;
    for (let times = 0; times < 8; times++) {
      for (const relay of relays(nemesis)) relay.cutOnce();
      note('connections to the store cut');
      await pause(100 + 400 * random());
    }
  },
};

export const interruptedStore: Fault = {
  id: 'F6',
  what: 'appends are interrupted',
  variants: [answersDropped, killed, answersDelayed, connectionsCut],
};

export const awayStore: Fault = {
  id: 'F7',
  what: 'the store refuses, is slow, or is gone',
  variants: [
    {
      name: 'gone',
      cannot: cannotKill,
      async strike({ cluster, isShort, note, pause }) {
        const { server } = ownStore(cluster);
        await server.stop();
        note('the store is gone');
        await pause(goneMs(isShort));
        await server.ensureRunning();
        note('the store is back');
        await pause(500);
      },
    },
    {
      name: 'slow',
      cannot: cannotRelay,
      async strike(nemesis) {
        for (const relay of relays(nemesis)) relay.slow('both', 200 + 400 * nemesis.random());
        nemesis.note('the store is slow');
        await nemesis.pause(3_000);
        heal(nemesis);
        nemesis.note('the store is quick again');
      },
    },
    {
      name: 'refuses connections',
      cannot: cannotRelay,
      async strike(nemesis) {
        for (const relay of relays(nemesis)) relay.cut();
        nemesis.note('the store refuses connections');
        await nemesis.pause(2_500);
        heal(nemesis);
        nemesis.note('the store takes connections');
        await nemesis.pause(500);
      },
    },
    {
      name: 'silent',
      cannot: cannotRelay,
      async strike(nemesis) {
        for (const relay of relays(nemesis)) relay.silence('both');
        nemesis.note('the store is silent');
        await nemesis.pause(3_000);
        heal(nemesis);
        nemesis.note('the store answers again');
        await nemesis.pause(500);
      },
    },
  ],
};

export const fullDisk: Fault = {
  id: 'F11',
  what: 'the disk of the store is full',
  variants: [0, 96 * 1024].map((bytesLeft) => ({
    name: bytesLeft === 0 ? 'at once' : `after ${bytesLeft / 1024} KiB more`,
    cannot: (cluster) =>
      cannotKill(cluster) ??
      (ownStore(cluster).disk.isOwn ? null : 'no file system of its own could be mounted for the store'),
    async strike({ cluster, note, pause }) {
      const { disk, server, postgres } = ownStore(cluster);
      await disk.fill(bytesLeft);
      note('the disk of the store is full');
      await pause(2_500);
      disk.empty();
      note(`the disk has room again; ${postgres.isRunning ? 'the database runs' : 'the database had ended'}`);
      await postgres.ensureRunning();
      await server.ensureRunning();
      await pause(500);
    },
  })),
};
