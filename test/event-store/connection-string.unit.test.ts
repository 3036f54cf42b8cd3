import { expect, it } from 'vitest';
import { ignoredOptions, withoutIgnoredOptions } from '../../src/event-store/connection-string.js';

it.each([
  ['esdb://h:1?tls=false', 'esdb://h:1?tls=false', []],
  ['esdb://h:1', 'esdb://h:1', []],
  [
    'esdb://u:p@a,b?sesame=open&TLS=false&node-preference=leader',
    'esdb://u:p@a,b?TLS=false&node-preference=leader',
    ['sesame'],
  ],
  ['esdb://h?tlsVerifyCert=false', 'esdb://h', ['tlsVerifyCert']],
])('%s goes to the client as %s', (given, expected, ignored) => {
  expect(withoutIgnoredOptions(given)).toBe(expected);
  expect(ignoredOptions(given)).toEqual(ignored);
});
