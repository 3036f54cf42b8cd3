import { expect, it } from 'vitest';
import { errorForLog, withoutCredentials } from '../../src/cli/logger.js';

it('logs of an error what is known to be harmless, and of its causes', () => {
  const error = Object.assign(new Error('WRONGPASS invalid password', { cause: new TypeError('a bug') }), {
    code: 'WRONGPASS',
    command: { name: 'auth', args: ['sesame'] },
  });
  const logged = errorForLog(error);
  expect(logged).toMatchObject({
    type: 'Error',
    message: 'WRONGPASS invalid password',
    code: 'WRONGPASS',
    cause: { type: 'TypeError', message: 'a bug' },
  });
  expect(JSON.stringify(logged)).not.toContain('sesame');
});

it('leaves user and password out of every URL in a text', () => {
  expect(withoutCredentials('from redis://:a%40b@one:1 to esdb+discover://u:p@two?tls=false, at x@y')).toBe(
    'from redis://***@one:1 to esdb+discover://***@two?tls=false, at x@y',
  );
});
