/** An object stream that can be read item by item, or awaited. */
interface ItemStream {
  read(): unknown;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** Yields arrays of the items that have arrived: awaiting each item would cost as much as the item. Keeps back-pressure. */
export async function* inChunks<Item>(stream: ItemStream): AsyncGenerator<readonly Item[]> {
  for await (const first of stream) {
    const chunk = [first as Item];
    for (let item = stream.read(); item !== null; item = stream.read()) chunk.push(item as Item);
    yield chunk;
  }
}
