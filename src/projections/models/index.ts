import type { ProjectionName } from '../../postgres/tables.js';
import { concerts } from './concerts.js';
import { holds } from './holds.js';
import type { Projection } from './projection.js';
import { purchases } from './purchases.js';
import { salesPerSecond } from './sales-per-second.js';
import { stock } from './stock.js';
import { tickets } from './tickets.js';
import { waitingList } from './waiting-list.js';

const all: Readonly<Record<ProjectionName, Projection>> = {
  concerts,
  tickets,
  purchases,
  'sales-per-second': salesPerSecond,
  stock,
  holds,
  'waiting-list': waitingList,
};

/** Every projection. */
export const projections: readonly Projection[] = Object.values(all);

export const projectionNames: readonly ProjectionName[] = projections.map(({ name }) => name);

export function projectionNamed(name: ProjectionName): Projection {
  const projection = projections.find((each) => each.name === name);
  if (projection === undefined) throw new TypeError(`there is no projection ${name}`);
  return projection;
}
