/** How many states there are: `1 state`, `3 states`. Pure. */
export function countStates(count: number): string {
  return count === 1 ? '1 state' : `${count} states`;
}
