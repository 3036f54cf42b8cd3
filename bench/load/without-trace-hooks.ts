import { register } from 'node:module';

/** Loaded into a service before it starts: takes the calls of traces out of its code, so that what they cost can be measured. */

register('./trace-hooks-remover.js', import.meta.url);
