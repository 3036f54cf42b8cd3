/** How long ago the log recorded something, in ms, by the wall clocks of the log and of this machine: for people to read. */
export const ageMs = (recordedAt: Date): number => Date.now() - recordedAt.getTime();
