import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'undici';
import { builtFile } from '../built-file.js';
import type { PeerName } from '../peers/peers.js';
import type { PeerSale, PeerServers } from '../peers/storage.js';
import { nothingToCheck } from './defects.js';
import { judgePeer } from './judge-peer.js';
import type { Sale, System } from './system.js';
import { untilEnded } from './until-ended.js';

const processFile = builtFile('bench/peers/peer-process.js');

/** One of the peers, as a process of its own. */
export async function startPeer(name: PeerName, servers: PeerServers): Promise<System> {
  const child = fork(processFile, [JSON.stringify({ name, servers })]);
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error(`the peer ${name} ended before it listened`));
  child.once('exit', onExit);
  const [{ url }] = (await once(child, 'message', { signal: ended.signal })) as [{ url: string }];
  child.off('exit', onExit);
  return {
    name,
    processes: 1,
    url,
    pid: child.pid ?? 0,
    schedule: ({ capacity }) => schedule(name, url, capacity),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.connected) child.send('stop');
  await untilEnded(child);
}

async function schedule(name: PeerName, url: string, capacity: number): Promise<Sale> {
  const concertId = randomUUID();
  const path = `/concerts/${concertId}/purchases`;
  if (name === 'bare-http') return { path, judge: async () => nothingToCheck };
  const answer = await request(`${url}/concerts/${concertId}/${capacity}`, { method: 'PUT' });
  if (answer.statusCode !== 201) throw new Error(`${name}: ${await answer.body.text()}`);
  await answer.body.dump();
  const sold = async (): Promise<readonly PeerSale[] | null> => {
    const { statusCode, body } = await request(`${url}/concerts/${concertId}/sold`);
    if (statusCode !== 200) throw new Error(`${name}: ${await body.text()}`);
    return (await body.json()) as readonly PeerSale[] | null;
  };
  let before = 0;
  const soldLater = async () => {
    const all = (await sold())?.length ?? 0;
    const added = all - before;
    before = all;
    return added;
  };
  return {
    path,
    ...(name === 'redis-sorted-set' ? { soldLater } : {}),
    async judge(observations) {
      const stored = await sold();
      return stored === null ? nothingToCheck : judgePeer(capacity, stored, observations);
    },
  };
}
