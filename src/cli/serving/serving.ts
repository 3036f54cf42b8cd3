/** The modules that only a service needs: loaded when one is started, so that the other commands start with a third less work. */
export { createLogger } from '../logger.js';
export { serve } from './serve.js';
export { untilStopped } from './until-stopped.js';
