/** A line is longer than the limit. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

/**
 * Splits text into lines, holding one chunk and one line at a time; an error of the source ends it.
 * @param longest characters per line at most
 * @throws {LineTooLong}
 */
export async function* linesOf(
  chunks: AsyncIterable<string>,
  longest = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  let pieces: string[] = [];
  let length = 0;
  const add = (piece: string) => {
    pieces.push(piece);
    length += piece.length;
    if (length > longest) throw new LineTooLong(`a line is longer than ${longest} characters`);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      add(chunk.slice(start, end));
      yield pieces.join('');
      pieces = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.slice(start));
  }
  if (length > 0) yield pieces.join('');
}
