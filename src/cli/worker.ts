import { createLogger } from './logger.js';
import type { WorkerReady, WorkerSetup } from './serve.js';
import { startService } from './service.js';
import { untilStopped } from './until-stopped.js';

/** An API process of `serve --workers`. */
const { config, servers } = JSON.parse(process.env.ONSALE_WORKER ?? '') as WorkerSetup;
const logger = createLogger(config.logLevel);
const service = await startService(config, servers, { api: true, projecting: false }, logger);
process.send?.({ url: service.url ?? '' } satisfies WorkerReady);
// A terminal's Ctrl-C reaches every process; the workers stop when the primary says so, or when it is gone.
process.on('SIGINT', () => {});
await untilStopped(['SIGTERM'], logger);
await service.stop();
process.exit();
