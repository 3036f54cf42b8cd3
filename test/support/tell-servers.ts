import { inject } from 'vitest';
import { tellServers } from './stack.js';

tellServers(inject('servers'));
