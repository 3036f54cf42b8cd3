import { resolve } from 'node:path';

/**
 * The compiled file of a module, for running it as a process: also right when this code itself runs from its sources, as
 * under the test runner. Both run in the folder of the project.
 */
export const builtFile = (module: string): string => resolve('dist', module);
