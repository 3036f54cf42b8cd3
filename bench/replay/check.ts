/**
 * The whole round of the replay tooling on fresh embedded servers: a sale with cancellations, a rebuild killed in the middle
 * and finished, an audit, time travel, export, import into a second installation, audit and comparison there.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { remaining, vipRemaining } from '../../src/domain/concert.js';
import { concertIdOf } from '../../src/domain/ids.js';
import { auditAll, auditConcert } from '../../src/replay/audit/audit.js';
import { stateAt } from '../../src/replay/time-travel/state-at.js';
import { areSameLogs, exportTo, haveSameRows, importFrom } from './copies.js';
import { type Installation, openInstallation } from './installation.js';
import { killRebuild, rebuildAll } from './rebuild.js';
import { runSale, type Seen } from './sale.js';

const { json } = new Command('replay:check')
  .description('the whole round of the replay tooling; exit code 1 if anything differs')
  .option('--json <file>', 'write the figures to a file')
  .parse()
  .opts<{ json?: string }>();

const say = (line: string) => process.stdout.write(`${line}\n`);
const concerts = [
  { concertId: concertIdOf('check-large'), capacity: 12_000, customers: 13_000 },
  { concertId: concertIdOf('check-small'), capacity: 200, customers: 400 },
];
const folder = await mkdtemp(join(tmpdir(), 'onsale-check-'));
const figures = await run().finally(() => rm(folder, { recursive: true }));
say(JSON.stringify(figures, null, 2));
if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
process.exit(figures.identical ? 0 : 1);

async function run() {
  say('starting the first installation');
  const first = await openInstallation();
  const second = openInstallation();
  try {
    const { seen, seconds } = await sell(first);
    say(`sold in ${seconds.toFixed(1)} s; rebuilding, killed in the middle, then finished`);
    const killedAt = await killRebuild(first);
    const finished = await rebuildAll(first);
    const whole = await rebuildAll(first);
    say(`rebuilt; auditing`);
    const audit = await auditOf(first);
    const timeTravelIdentical = await areAsSeen(first, seen);
    say('exporting, importing into a second installation, auditing there');
    const copy = await copyTo(first, await second);
    const identical =
      audit.differences + copy.importedAuditDifferences === 0 &&
      timeTravelIdentical &&
      copy.importedIdentical &&
      copy.tablesIdentical;
    return {
      events: whole.events,
      saleEventsPerSecond: Math.round(whole.events / seconds),
      rebuildKilledAt: killedAt,
      rebuildFinishedFromEvents: finished.events,
      rebuildEventsPerSecond: Math.round(whole.events / whole.seconds),
      auditEventsPerSecond: audit.eventsPerSecond,
      auditDifferences: audit.differences,
      timeTravelRevision: String(seen[0]?.revision),
      timeTravelIdentical,
      ...copy,
      identical,
    };
  } finally {
    await (await second).close();
    await first.close();
  }
}

async function sell(installation: Installation): Promise<{ seen: readonly Seen[]; seconds: number }> {
  const begun = performance.now();
  const seen = await Promise.all(concerts.map((concert) => runSale(installation.commands, concert)));
  const seconds = (performance.now() - begun) / 1_000;
  for (const { concertId } of concerts) await installation.projected(concertId);
  return { seen, seconds };
}

async function auditOf({ sources }: Installation) {
  const begun = performance.now();
  let [events, differences] = [0, 0];
  const audit = (concertId: string) =>
    auditConcert(sources, concertId, (more) => {
      events += more;
    });
  for await (const { concertId, findings } of auditAll(sources, audit)) {
    for (const { invariant, violations, examples } of findings) {
      differences += violations;
      if (violations > 0) say(`${concertId} ${invariant}: ${examples.join('; ')}`);
    }
  }
  const eventsPerSecond = Math.round((events / (performance.now() - begun)) * 1_000);
  return { differences, eventsPerSecond };
}

/** Whether time travel finds the states that the write side had in the middle of the sale. */
async function areAsSeen({ sources }: Installation, seen: readonly Seen[]): Promise<boolean> {
  for (const then of seen) {
    const { concert } = await stateAt(sources.store, then.concertId, {
      kind: 'revision',
      revision: then.revision,
    });
    const isSame =
      concert.revision === then.revision &&
      remaining(concert) === then.remaining &&
      vipRemaining(concert) === then.vipRemaining;
    if (!isSame) return false;
  }
  return true;
}

async function copyTo(from: Installation, to: Installation) {
  const [original, copy] = [join(folder, 'original.ndjson'), join(folder, 'copy.ndjson')];
  const exported = await exportTo(original, from.sources.store);
  const imported = await importFrom(original, to.sources.store);
  for (const { concertId } of concerts) await to.projected(concertId);
  const { differences } = await auditOf(to);
  const again = await exportTo(copy, to.sources.store);
  const rows = await Promise.all(concerts.map(({ concertId }) => haveSameRows(from, to, concertId)));
  return {
    exportedSha256: exported.sha256,
    importedSha256: imported.sha256,
    importedAuditDifferences: differences,
    importedIdentical: again.sha256 === exported.sha256 && (await areSameLogs(original, copy)),
    tablesIdentical: rows.every((isSame) => isSame),
  };
}
