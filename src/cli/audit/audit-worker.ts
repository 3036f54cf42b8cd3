import type { MessagePort } from 'node:worker_threads';
import { auditConcert, type ConcertAudit } from '../../replay/audit/audit.js';
import { openCliContext } from '../cli-context.js';
import type { Config } from '../config.js';
import type { ServerUrls } from '../open-servers.js';

/** What a thread of the audit pool is started with. */
export interface AuditSetup {
  readonly config: Config;
  readonly servers: ServerUrls;
}

export interface AuditTask {
  readonly concertId: string;
  /** Told of events as they are taken in; closed when all are. */
  readonly progress: MessagePort;
}

const { config, servers } = process.__tinypool_state__.workerData as AuditSetup;
const { tools, close } = await openCliContext(config, servers, { readOnly: true });

export default async ({ concertId, progress }: AuditTask): Promise<ConcertAudit | null> => {
  try {
    return await auditConcert(tools, concertId, (events) => progress.postMessage(events));
  } finally {
    progress.close();
  }
};

export const teardown = close;
