import { afterAll, describe } from 'vitest';
import type { EventStore } from '../../src/event-store/event-store.js';
import { openEventStore } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { eventLogContract } from './event-log.js';

const open: EventStore[] = [];
afterAll(() => Promise.all(open.map((store) => store.close())));

describe('the log of the event store', () => {
  eventLogContract(async () => {
    const [known] = open;
    if (known !== undefined) return known;
    const store = openEventStore(uniqueNamespace());
    open.push(store);
    return store;
  });
});
