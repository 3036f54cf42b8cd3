import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { projectionStatus } from '../../src/projections/operations/status.js';
import type { Installation } from './installation.js';

export interface Rebuilt {
  readonly events: number;
  readonly seconds: number;
}

/** Rebuilds everything in a process of its own. @throws unless it is done, without a difference */
export async function rebuildAll({ onsale }: Installation): Promise<Rebuilt> {
  const child = onsale('projections', 'rebuild', '--all', '--json');
  if (child.stdout === null) throw new Error('the process has no output');
  const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const result = JSON.parse(answer) as Rebuilt & { readonly kind: string };
  if (code !== 0 || result.kind !== 'done') throw new Error(`the rebuild ended with ${code}: ${answer}`);
  return result;
}

/** Kills a rebuild when it has filled a quarter of the new tables. @returns where the new tables were, by projection */
export async function killRebuild({ onsale, sources }: Installation): Promise<Record<string, string>> {
  const child = onsale('projections', 'rebuild', '--all', '--json');
  const exit = once(child, 'exit');
  let running = true;
  void exit.then(() => {
    running = false;
  });
  const isInTheMiddle = async () =>
    (await projectionStatus(sources.database)).some(
      ({ position, build }) => 4n * (build?.position?.commit ?? 0n) > (position?.commit ?? 0n),
    );
  while (running && !(await isInTheMiddle()));
  child.kill('SIGKILL');
  await exit;
  const builds = (await projectionStatus(sources.database)).flatMap(({ name, build }) =>
    build === null ? [] : [[name, String(build.position?.commit ?? 'start')] as const],
  );
  if (builds.length === 0) throw new Error('the rebuild was over before it could be killed');
  return Object.fromEntries(builds);
}
