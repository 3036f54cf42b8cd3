/** A command is impossible as given; the message says why, and what to do instead. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
