/** Milliseconds on the clock that all processes of a machine share; only differences mean something. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
