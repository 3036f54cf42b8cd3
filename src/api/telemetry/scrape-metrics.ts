import { Gauge, type Registry } from 'prom-client';

/** What the answering process reads at each scrape. It is not summed up over processes. */
export function scrapeMetrics(atScrape: Registry) {
  return {
    projectionState: new Gauge({
      name: 'onsale_projection_state',
      help: '1 for the state that a projection is in: booting, active, stalled, paused, rebuilding or error.',
      labelNames: ['projection', 'state'],
      registers: [atScrape],
    }),
    parkedEvents: new Gauge({
      name: 'onsale_projection_parked_events',
      help: 'Events that a projection holds back because it could not take one of their concert.',
      labelNames: ['projection'],
      registers: [atScrape],
    }),
    scrapeMissing: new Gauge({
      name: 'onsale_scrape_missing',
      help: 'Parts that did not answer in time for this scrape: workers (how many), primary, projections (1 for yes).',
      labelNames: ['part'],
      registers: [atScrape],
    }),
    serverAnswers: new Gauge({
      name: 'onsale_server_answers',
      help: '1 for a server that answers this process, 0 for one that fails or is silent.',
      labelNames: ['server'],
      registers: [atScrape],
    }),
    readModelLag: new Gauge({
      name: 'onsale_read_model_lag_seconds',
      help: 'Age of the oldest event that active projections lack; absent where it is not known.',
      registers: [atScrape],
    }),
    unservedQueues: new Gauge({
      name: 'onsale_unserved_queues',
      help: 'Queues with purchases that this process could not decide, and that have no owner. Ten at most.',
      registers: [atScrape],
    }),
  };
}
