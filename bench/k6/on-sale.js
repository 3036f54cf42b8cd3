// Buyers arrive at a fixed rate, whatever the service does (open loop). Sales and refusals are counted apart.
//
//   k6 run -e BASE=http://127.0.0.1:3000 -e CONCERT=<concert> -e RATE=500 -e SECONDS=20 bench/k6/on-sale.js

import http from 'k6/http';
import { Counter } from 'k6/metrics';

const sold = new Counter('sold');
const refused = new Counter('refused');
const neither = new Counter('neither_sold_nor_refused');

http.setResponseCallback(http.expectedStatuses(201, { min: 400, max: 499 }));

export const options = {
  scenarios: {
    buyers: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 200),
      timeUnit: '1s',
      duration: `${__ENV.SECONDS || 10}s`,
      preAllocatedVUs: 64,
      maxVUs: 1024,
    },
  },
  summaryTrendStats: ['med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  thresholds: { neither_sold_nor_refused: ['count==0'] },
};

export function setup() {
  return { run: Date.now() };
}

export default function buy({ run }) {
  const buyer = `${run}-${__VU}-${__ITER}`;
  const answer = http.post(
    `${__ENV.BASE}/concerts/${__ENV.CONCERT}/purchases`,
    JSON.stringify({ customerId: buyer }),
    { headers: { 'Content-Type': 'application/json', 'Idempotency-Key': buyer } },
  );
  if (answer.status === 201) sold.add(1);
  else if (answer.status >= 400 && answer.status < 500) refused.add(1);
  else neither.add(1);
}
