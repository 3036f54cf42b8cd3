import { z } from 'zod';

/** Fields that replies of several kinds have. */

export const count = z.int().min(0);
export const concertId = z.uuid();
