import cluster from 'node:cluster';
import { createMetrics, observeProcess } from '../../../api/telemetry/metrics.js';
import { messageOf } from '../../../waiting/message-of.js';
import { createLogger } from '../../logger.js';
import { startService } from '../service.js';
import { untilStopped } from '../until-stopped.js';
import { metricsOfAll, tellPrimary } from './cluster-metrics.js';
import type { WorkerSetup } from './worker-messages.js';
import { heartbeatsMissed } from './worker-supervisor.js';

/** An API process of `serve --workers`. */
const { config, servers } = JSON.parse(process.env.ONSALE_WORKER ?? '') as WorkerSetup;
const logger = createLogger(config.logLevel);
beat(config.workerSilenceMs / heartbeatsMissed);
// A terminal sends these to every process of a service; workers stop when the primary says so, or has died.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

// A message to a primary that has just died fails, before `disconnect` tells of its end.
cluster.worker?.on('error', (error) => logger.debug({ err: error }, 'the primary takes no messages'));

const metrics = createMetrics();
observeProcess(metrics);
const metricsText = metricsOfAll(metrics);
const roles = { api: true, projecting: false };
try {
  const service = await startService({ config, servers, roles, logger, metrics, metricsText });
  tellPrimary({ kind: 'ready', url: service.url ?? '' });
  await untilStopped(logger, ['SIGTERM']);
  await service.stop();
  process.exit();
} catch (error) {
  const problem = messageOf(error);
  tellPrimary({ kind: 'cannot-start', problem }, () => process.exit(2));
}

/** One heartbeat at a time, so that they do not pile up while the primary reads none. */
function beat(everyMs: number): void {
  let underWay = false;
  setInterval(() => {
    if (underWay) return;
    underWay = true;
    tellPrimary({ kind: 'heartbeat' }, () => {
      underWay = false;
    });
  }, everyMs);
}
