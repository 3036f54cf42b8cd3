import type { Route } from '../routing/route.js';
import { auditRoutes } from './concerts/audit.js';
import { concertRoutes } from './concerts/concerts.js';
import { eventRoutes } from './concerts/events.js';
import { liveRoutes } from './concerts/live.js';
import { stockRoutes } from './concerts/stock.js';
import { whatIfRoutes } from './concerts/what-if.js';
import { holdRoutes } from './holds/holds.js';
import { waitingListRoutes } from './holds/waiting-list.js';
import { customerRoutes } from './purchases/customers.js';
import { purchaseRoutes } from './purchases/purchases.js';
import { benchReportRoutes } from './service/bench-report.js';
import { docsRoutes } from './service/docs.js';
import { healthRoutes } from './service/health.js';
import { pageRoutes } from './service/page.js';
import { problemRoutes } from './service/problems.js';

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
  whatIfRoutes,
  benchReportRoutes,
  customerRoutes,
  healthRoutes,
  problemRoutes,
  docsRoutes,
  pageRoutes,
];

export const routes: readonly Route[] = routeGroups.flat();
