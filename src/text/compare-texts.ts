/** The order of two texts by their UTF-16 units, which is the same on every machine. A comparison function for sorting. Pure. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
