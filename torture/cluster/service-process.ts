/** `onsale serve` as it is shipped, with fault points set on its classes. */
import { run } from '../../src/cli/run.js';
import { setFaultPoints } from './fault-points.js';

setFaultPoints();
process.exit(await run(['serve']));
