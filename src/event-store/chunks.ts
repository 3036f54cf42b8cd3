/** A stream of objects, as one can be read item by item or waited for. */
interface ItemStream {
  read(): unknown;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** What has arrived, all at once: waiting for every single item would cost as much as the item. Back-pressure is as before. */
export async function* inChunks<Item>(stream: ItemStream): AsyncGenerator<readonly Item[]> {
  for await (const first of stream) {
    const chunk = [first as Item];
    for (let item = stream.read(); item !== null; item = stream.read()) chunk.push(item as Item);
    yield chunk;
  }
}
