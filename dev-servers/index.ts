export { announcedServers, announceServers, withdrawServers } from './announce.js';
export { missingPrograms } from './missing-programs.js';
export { type GivenServers, type Stack, startStack } from './stack.js';
