/** The moment at which every simulation begins, for clocks that tell the time of day. */
export const epoch = Date.parse('2026-01-01T20:00:00.000Z');
