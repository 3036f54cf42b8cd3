/** Age of a log record in ms, from the wall clocks of the log and of this machine: only for people to read. */
export const ageMs = (recordedAt: Date): number => Date.now() - recordedAt.getTime();
