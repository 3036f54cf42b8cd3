import { ensureRedisServer } from '../../src/embedded/redis-install.js';

/** Installs Redis once, before test files that run side by side would each try to. */
export default async function setup(): Promise<void> {
  await ensureRedisServer(console.error);
}
