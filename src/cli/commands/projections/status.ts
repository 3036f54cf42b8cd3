import { Command } from 'commander';
import { formatPosition, type Position } from '../../../domain/log/recorded-event.js';
import { LogCheck } from '../../../projections/apply/log-check.js';
import { projectionNames } from '../../../projections/models/index.js';
import {
  type Lag,
  measureLag,
  type ProjectionStatus,
  projectionStatus,
} from '../../../projections/operations/status.js';
import { requireSchema } from '../../../projections/schema/schema-version.js';
import { type CliContext, withCliContext } from '../../cli-context.js';
import { count } from '../../output/count.js';
import { printJson } from '../../output/json.js';
import { say } from '../../output/print.js';
import { table } from '../../output/table.js';

export const statusCommand = (): Command =>
  new Command('status')
    .description('state, position, lag and parked events of every projection')
    .option('--json', 'one JSON object per projection and line', false)
    .addHelpText(
      'after',
      '\nExit code 1: some projection is in error, stalled or late, or holds events back.',
    )
    .action(async ({ json }: { json: boolean }) => {
      const all = await withCliContext(statusOf, { onlyLooks: true });
      if (json) {
        for (const { status, lag } of all) {
          const { build, position } = status;
          const told = build === null ? null : { ...build, position: text(build.position) };
          printJson({ ...status, position: text(position), build: told, lag });
        }
      } else show(all);
      const isWell = all.every((each) => {
        const { state, parkedEvents } = each.status;
        return state !== 'error' && state !== 'stalled' && parkedEvents === 0n && !isLate(each);
      });
      if (!isWell) process.exitCode = 1;
    });

const lateSeconds = 10;

interface Measured {
  readonly status: ProjectionStatus;
  readonly lag: Lag;
}

/** Projections at the same position share one count of the events after it. */
async function statusOf({ database, store }: CliContext): Promise<readonly Measured[]> {
  await requireSchema(database);
  const lags = new Map<string, Lag>();
  const measured: Measured[] = [];
  for (const status of await projectionStatus(database, await LogCheck.of(store))) {
    const key = text(status.position) ?? '';
    const lag = lags.get(key) ?? (await measureLag(store, status.position));
    lags.set(key, lag);
    measured.push({ status, lag });
  }
  const place = ({ status }: Measured) => projectionNames.indexOf(status.name);
  return measured.sort((a, b) => place(a) - place(b));
}

/** An active projection applies events within a fraction of a second. */
const isLate = ({ status, lag }: Measured): boolean => status.state === 'active' && lag.seconds > lateSeconds;

const text = (position: Position | null): string | null =>
  position === null ? null : formatPosition(position);

function show(all: readonly Measured[]): void {
  const rows = all.map(({ status, lag }) => [
    status.name,
    status.state,
    text(status.position) ?? 'start',
    `${lag.atLeast ? '≥ ' : ''}${count(lag.events, 'event')}`,
    `${lag.seconds.toFixed(1)} s`,
    parkedText(status),
  ]);
  for (const line of table([['projection', 'state', 'position', 'lag', '', 'parked'], ...rows])) say(line);
  for (const each of all) {
    const { name, problem, build } = each.status;
    if (build !== null) {
      const at = text(build.position) ?? 'the start';
      say(
        build.running
          ? `${name}: a rebuild beside it has reached ${at}`
          : `${name}: an unfinished rebuild beside it, which no process continues, has reached ${at}; rebuild again to continue, or abandon it`,
      );
    }
    if (problem !== null) say(`${name}: ${problem}`);
    if (isLate(each)) say(`${name}: late; no failure is known, see the log of the service`);
  }
}

const parkedText = ({ parkedEvents, parkedConcerts }: ProjectionStatus): string =>
  parkedEvents === 0n ? 'none' : `${count(parkedEvents, 'event')} of ${count(parkedConcerts, 'concert')}`;
