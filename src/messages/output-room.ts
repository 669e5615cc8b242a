/** The first of a list, as many as fit into so many characters of JSON. Pure. */
export function takeFitting<Item>(items: readonly Item[], room: number): Item[] {
  const kept: Item[] = [];
  let left = room;
  for (const item of items) {
    left -= JSON.stringify(item).length + 1;
    if (left < 0) break;
    kept.push(item);
  }
  return kept;
}
