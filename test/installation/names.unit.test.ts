import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.js';
import { streamNames } from '../../src/event-store/stream-names.js';
import { installationNames, isNamespace } from '../../src/installation/names.js';

const namespaces = fc.oneof(
  fc.constantFrom('', 'onsale', 'public', 'concert', 'concert_', 'a', 'a_concert', 'installation'),
  fc.stringMatching(/^[a-z][a-z0-9_]{0,30}$/),
);

test('two namespaces share no name on any server, and neither hears the streams of the other', () => {
  fc.assert(
    fc.property(namespaces, namespaces, fc.string(), (one, other, concertId) => {
      fc.pre(one !== other && isNamespace(one) && isNamespace(other));
      const [a, b] = [installationNames(one), installationNames(other)];
      expect(a.schema).not.toBe(b.schema);
      expect(a.redisPrefix.startsWith(b.redisPrefix)).toBe(false);
      for (const stream of [streamNames(one).of(concertId), a.logStream]) {
        expect(stream.startsWith(b.concertStreamPrefix)).toBe(false);
        expect(stream).not.toBe(b.logStream);
      }
      expect(a.logStream.startsWith(a.concertStreamPrefix)).toBe(false);
    }),
    // One that is the beginning of the other: chance seldom draws such a pair.
    {
      examples: [
        ['a_concert', 'a', ''],
        ['onsale2', '', ''],
        ['', 'concert', 'x'],
        ['concert_', 'concert', ''],
      ],
    },
  );
});

test.each(['onsale', 'public', 'information_schema', 'pg_catalog', 'pg_x', 'Blue', 'a-b'])(
  'a namespace that means something else is refused in words: %s',
  (NAMESPACE) => {
    const words = /not onsale .*public, information_schema or pg_/;
    expect(loadConfig({ NAMESPACE })).toEqual({ ok: false, problems: [expect.stringMatching(words)] });
    expect(() => installationNames(NAMESPACE)).toThrow(words);
  },
);

test('the installation without a namespace keeps its names', () => {
  expect(installationNames('')).toEqual({
    schema: 'onsale',
    redisPrefix: 'onsale:',
    concertStreamPrefix: 'concert-',
    logStream: 'installation',
  });
});
