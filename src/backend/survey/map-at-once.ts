/**
 * The results of `work` for many items, in their order, with a limited number in parallel. Errors: the first of `work`,
 * after the running work has ended. No more is started after an error.
 */
export async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    const ends = await Promise.allSettled(items.slice(from, from + atOnce).map(work));
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
      results.push(end.value);
    }
  }
  return results;
}
