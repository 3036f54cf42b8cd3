export { announcedServers, announceServers, withdrawServers } from './announce.js';
export { type GivenServers, type Stack, startStack } from './stack.js';
