/** The middle one of several measurements. Throws where there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** How long something takes, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** A ratio, the goal that it is measured against, and whether it is met. */
export function rated(ratio: number, goal: number): string {
  return `${ratio.toFixed(2)} (goal ${goal.toFixed(2)}, ${ratio <= goal ? 'met' : 'missed'})`;
}
