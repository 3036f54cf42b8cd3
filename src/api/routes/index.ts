import type { Route } from '../routing/route.js';
import { auditRoutes } from './audit.js';
import { concertRoutes } from './concerts.js';
import { customerRoutes } from './customers.js';
import { docsRoutes } from './docs.js';
import { eventRoutes } from './events.js';
import { healthRoutes } from './health.js';
import { holdRoutes } from './holds.js';
import { liveRoutes } from './live.js';
import { pageRoutes } from './page.js';
import { problemRoutes } from './problems.js';
import { purchaseRoutes } from './purchases.js';
import { stockRoutes } from './stock.js';
import { waitingListRoutes } from './waiting-list.js';

/**
 * The route table. The router, the labels of metrics, the list of problems, the OpenAPI document and the tests read it. The groups
 * are matched one after the other: the routes that a crowd asks for come first.
 */
export const routeGroups: readonly (readonly Route[])[] = [
  purchaseRoutes,
  holdRoutes,
  waitingListRoutes,
  stockRoutes,
  concertRoutes,
  liveRoutes,
  eventRoutes,
  auditRoutes,
  customerRoutes,
  healthRoutes,
  problemRoutes,
  docsRoutes,
  pageRoutes,
];

export const routes: readonly Route[] = routeGroups.flat();
