import { Counter, Gauge, Histogram } from 'prom-client';

/** Loaded into a service before it starts: its metrics count nothing then, so that what they cost can be measured. */

const nothing = () => {};
const kept = { inc: nothing, dec: nothing, set: nothing, observe: nothing };

for (const { prototype } of [Counter, Gauge, Histogram]) {
  const methods = ['inc', 'incWithoutExemplar', 'dec', 'set', 'observe', 'observeWithoutExemplar'];
  for (const method of methods.filter((each) => each in prototype)) {
    Object.defineProperty(prototype, method, { value: nothing });
  }
  Object.defineProperty(prototype, 'labels', { value: () => kept });
}
