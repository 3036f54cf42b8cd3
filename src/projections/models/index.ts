import type { Projection } from '../projection.js';
import { concerts } from './concerts.js';
import { purchases } from './purchases.js';
import { salesPerSecond } from './sales-per-second.js';
import { stock } from './stock.js';
import { tickets } from './tickets.js';

/** Every projection there is. */
export const projections: readonly Projection[] = [concerts, tickets, purchases, salesPerSecond, stock];
